import { expect, test } from "vitest";
import { configError } from "../../../components/config.ts";
import { TrainingControllers, type TrainingControllersArgs } from "../../../components/index.ts";
import { releaseOf } from "../../../components/training/training-controllers.ts";
import { makeCluster } from "../../support/builders.ts";
import { record } from "../../support/record.ts";

type Names = TrainingControllersArgs["controllers"];

async function charts(controllers: Names) {
  const resources = await record(() => {
    new TrainingControllers("training", { cluster: makeCluster(), controllers });
  });
  return resources.filter(({ type }) => type === "kubernetes:helm.sh/v4:Chart");
}

test("none is installed unless it is named", async () => {
  expect(await charts([])).toEqual([]);
});

test("each is a release of its own, after what it needs, whatever order they are named in", async () => {
  const releases = await charts(["kuberay", "trainer", "jobset"]);
  expect(releases.map(({ name, inputs, dependsOn }) => [name, inputs.namespace, dependsOn])).toEqual([
    ["jobset", "jobset-system", ["jobset-system"]],
    ["kuberay", "kuberay-system", ["kuberay-system"]],
    ["trainer", "kubeflow-system", ["jobset", "kubeflow-system"]],
  ]);
});

test("every image is a release, never a chart's staging branch", async () => {
  const releases = await charts(["jobset", "trainer", "lws", "kuberay", "mpi"]);
  const values = Object.fromEntries(releases.map(({ name, inputs }) => [name, inputs.values]));
  expect(values).toMatchObject({
    jobset: { image: { repository: "registry.k8s.io/jobset/jobset", tag: "v0.12.0" } },
    trainer: {
      image: {
        registry: "ghcr.io",
        repository: "kubeflow/trainer/trainer-controller-manager",
        tag: "v2.3.0",
      },
      crds: { enabled: false },
      jobset: { install: false },
    },
    lws: {
      image: { manager: { repository: "registry.k8s.io/lws/lws", tag: "v0.9.0" } },
      podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    },
    kuberay: { image: { repository: "quay.io/kuberay/operator", tag: "v1.6.2" } },
    mpi: { image: { repository: "docker.io/mpioperator/mpi-operator", tag: "0.8.2" } },
  });
});

test.each([
  {
    case: "one without another that it needs",
    controllers: ["trainer"] as Names,
    want: {
      path: ["controllers", 0],
      given: "trainer",
      allowed: "trainer together with jobset: Kubeflow Trainer makes objects of its kinds",
      remedy: "add jobset to the list",
    },
  },
  {
    case: "one twice",
    controllers: ["jobset", "jobset"] as Names,
    want: {
      path: ["controllers", 1],
      given: '"jobset", which entry 0 already has',
      allowed: "each name once",
      remedy: "rename one of the two, or merge them",
    },
  },
])("refused: $case", async ({ controllers, want }) => {
  await record(() => {
    expect(() => new TrainingControllers("training", { cluster: makeCluster(), controllers })).toThrow(
      configError('TrainingControllers "training"', [want]).message,
    );
  });
});

test("what is not installed is named, with the way out", async () => {
  await record(() => {
    const controllers = new TrainingControllers("training", { cluster: makeCluster() });
    expect(() => releaseOf(controllers, "kuberay")).toThrow(
      "KubeRay is not installed: add kuberay to controllers",
    );
  });
});
