import { UnknownValueError, unknownCheckingProxy } from "@pulumi/policy";
import { describe, expect, test } from "vitest";
import { unpinnedImages } from "../../policies/supply-chain/require-pinned-image.ts";
import {
  containersOf,
  judgeWorkloads,
  mayBeQueued,
  queueNameOf,
  titleOf,
  workloadsOf,
} from "../../policies/workloads.ts";
import { makeQueued, makeResource, makeUnqueued, workloadKinds } from "../support/policy-objects.ts";

describe.each(workloadKinds)("%s", (kind) => {
  const workload = workloadsOf(makeQueued(kind))[0];

  test("shows its pod, its queue and its name", () => {
    expect(workload && containersOf(workload).map(({ name }) => name)).toEqual(["main"]);
    expect(workload && queueNameOf(workload)).toBe("h100");
    expect(workload && titleOf(workload)).toBe(`${kind.replace(/.*:/, "")} "train"`);
    expect(workload?.metadata?.namespace).toBe("vision");
    expect(workload?.pod.metadata?.labels?.["plinth.dev/cost-center"]).toBe("4711");
  });

  test("has no queue without the label", () => {
    const unqueued = workloadsOf(makeUnqueued(kind))[0];
    expect(unqueued && queueNameOf(unqueued)).toBeUndefined();
  });

  test("may lack every field", () => {
    const empty = workloadsOf(makeResource(kind, {}))[0];
    expect(empty && containersOf(empty)).toEqual([]);
    expect(empty && queueNameOf(empty)).toBeUndefined();
    expect(empty && titleOf(empty)).toBe(`${kind.replace(/.*:/, "")} "unnamed"`);
  });
});

const queueLabels = { "kueue.x-k8s.io/queue-name": "h100" };

test.each([
  { case: "a Job's template queues nothing", token: "batch/v1:Job", at: "template", want: undefined },
  { case: "a Deployment's pods queue one by one", token: "apps/v1:Deployment", at: "template", want: "h100" },
  {
    case: "a label on a DaemonSet itself queues nothing",
    token: "apps/v1:DaemonSet",
    at: "itself",
    want: undefined,
  },
  {
    case: "a label on a CronJob itself queues nothing",
    token: "batch/v1:CronJob",
    at: "itself",
    want: undefined,
  },
])("$case", ({ token, at, want }) => {
  const labelled = { metadata: { labels: queueLabels } };
  const props = at === "itself" ? labelled : { spec: { template: labelled } };
  const workload = workloadsOf(makeResource(token, props))[0];
  expect(workload).toBeDefined();
  expect(workload && queueNameOf(workload)).toBe(want);
});

test.each(["apps/v1:DeploymentList", "core/v1:ConfigMap", "core/v1:PodTemplate"])(
  "%s is no workload",
  (token) => {
    expect(workloadsOf(makeResource(token, {}))).toEqual([]);
  },
);

const podOf = (name: string) => ({
  metadata: { labels: { "plinth.dev/cost-center": "4711" } },
  spec: { containers: [{ name }] },
});
const jobOf = (name: string) => ({ name, template: { spec: { template: podOf(name) } } });
const rayOf = (...groups: string[]) => ({
  headGroupSpec: { template: podOf("head") },
  workerGroupSpecs: groups.map((name) => ({ template: podOf(name) })),
});

test.each([
  {
    token: "jobset.x-k8s.io/v1alpha2:JobSet",
    spec: { replicatedJobs: [jobOf("a"), jobOf("b")] },
    want: ["a", "b"],
  },
  {
    token: "trainer.kubeflow.org/v1alpha1:TrainingRuntime",
    spec: { template: { spec: { replicatedJobs: [jobOf("node")] } } },
    want: ["node"],
    isQueued: false,
  },
  { token: "ray.io/v1:RayCluster", spec: rayOf("a", "b"), want: ["head", "a", "b"] },
  { token: "ray.io/v1:RayJob", spec: { rayClusterSpec: rayOf("a") }, want: ["head", "a"] },
  { token: "ray.io/v1:RayService", spec: { rayClusterConfig: rayOf("a") }, want: ["head", "a"] },
  {
    token: "leaderworkerset.x-k8s.io/v1:LeaderWorkerSet",
    spec: { leaderWorkerTemplate: { workerTemplate: podOf("worker") } },
    want: ["worker"],
  },
  {
    token: "kubeflow.org/v2beta1:MPIJob",
    spec: {
      mpiReplicaSpecs: { Launcher: { template: podOf("launcher") }, Worker: { template: podOf("worker") } },
    },
    want: ["launcher", "worker"],
  },
])("$token: each of its pods is judged", ({ token, spec, want, isQueued = true }) => {
  const labels = { "kueue.x-k8s.io/queue-name": "h100" };
  const workloads = workloadsOf(makeResource(token, { metadata: { name: "train", labels }, spec }));
  expect(workloads.flatMap(containersOf).map(({ name }) => name)).toEqual(want);
  expect(new Set(workloads.map((workload) => titleOf(workload)))).toEqual(
    new Set([`${token.replace(/.*:/, "")} "train"`]),
  );
  expect(workloads.map(mayBeQueued)).toEqual(want.map(() => isQueued));
  expect(workloads.map(queueNameOf)).toEqual(want.map(() => (isQueued ? "h100" : undefined)));
  expect(workloadsOf(makeResource(token, {})).flatMap(containersOf)).toEqual([]);
});

test("a patch is judged as what it patches", () => {
  expect(workloadsOf(makeResource("batch/v1:JobPatch", {})).map(({ kind }) => kind)).toEqual(["Job"]);
});

test("init and debug containers count", () => {
  const spec = { initContainers: [{ name: "init" }], ephemeralContainers: [{ name: "debug" }] };
  const workload = workloadsOf(makeQueued("batch/v1:Job", { spec }))[0];
  expect(workload && containersOf(workload).map(({ name }) => name)).toEqual(["init", "main", "debug"]);
});

test("a generated name stands for a name", () => {
  const workload = workloadsOf(makeResource("core/v1:Pod", { metadata: { generateName: "train-" } }))[0];
  expect(workload && titleOf(workload)).toBe('Pod "train-"');
});

test("a value unknown in a preview hides only the problems after it", () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const images = ["first", unknown, "third"];
  const containers = images.map((image, index) => ({ name: `c${index}`, image }));
  const { type, props } = makeQueued("batch/v1:Job", { spec: { containers } });
  const reported: string[] = [];
  const judge = judgeWorkloads(unpinnedImages);
  const args = { type, props: unknownCheckingProxy(props) } as unknown as Parameters<typeof judge>[0];
  expect(() => judge(args, (message) => void reported.push(message))).toThrow(UnknownValueError);
  expect(reported).toEqual([
    'Job "train": container "c0" has the image "first", which has neither tag nor digest; ' +
      "name a release by tag or digest.",
  ]);
});

test("a job of Volcano shows the pods of each task, and its queue", () => {
  const task = (name: string) => ({ template: { spec: { containers: [{ name, image: "x" }] } } });
  const spec = { queue: "vision-h100", tasks: [task("launcher"), task("worker")] };
  const job = makeResource("batch.volcano.sh/v1alpha1:Job", { metadata: { name: "train" }, spec });
  const workloads = workloadsOf(job);
  expect(workloads.flatMap(containersOf).map(({ name }) => name)).toEqual(["launcher", "worker"]);
  expect(workloads.map(({ volcanoQueue }) => volcanoQueue)).toEqual(["vision-h100", "vision-h100"]);
  expect(workloads.map((workload) => queueNameOf(workload))).toEqual([undefined, undefined]);
  expect(workloads.map(mayBeQueued)).toEqual([true, true]);
});
