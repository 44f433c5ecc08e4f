import { expect, test } from "vitest";
import { RayCluster, type RayClusterArgs } from "../../../components/index.ts";
import type { Problem } from "../../../components/planning/problem.ts";
import { placeholder as image } from "../../support/builders.ts";
import { customResource, queueDependencies, refuses, type Training } from "../../support/training.ts";

type Choices = Omit<RayClusterArgs, keyof Training>;

const gpu = { name: "gpu", nodes: 2, acceleratorsPerNode: 8 };
const valid: Choices = { image, rayVersion: "2.52.0", workers: [gpu] };

function make(choices: Choices) {
  return (given: Training) => new RayCluster("tuning", { ...choices, ...given });
}

test("goes before its operator, namespace and queue, which its clean-up needs (F62)", async () => {
  const resource = await customResource("RayCluster", make(valid));
  expect(resource.dependsOn.filter((name) => !queueDependencies.includes(name))).toEqual(["kuberay"]);
  expect(resource.inputs.metadata.labels["kueue.x-k8s.io/queue-name"]).toBe("h100");
  expect("suspend" in resource.inputs.spec).toBe(false);
});

test("the head's CPU and memory come out of the workers' part, so both fit on one node (F40)", async () => {
  const { inputs } = await customResource("RayCluster", make({ ...valid, head: { cpuCores: 4 } }));
  const { headGroupSpec, workerGroupSpecs } = inputs.spec as unknown as Spec;
  expect(headGroupSpec.template.spec.containers[0]?.resources.requests).toEqual({ cpu: "4", memory: "8Gi" });
  expect(workerGroupSpecs[0]?.template.spec.containers[0]?.resources.requests).toEqual({
    cpu: "180",
    memory: "2032Gi",
    "nvidia.com/gpu": "8",
  });
});

interface Group {
  template: { spec: { containers: { resources: { requests: Record<string, string> } }[] } };
}
interface Spec {
  headGroupSpec: Group;
  workerGroupSpecs: Group[];
}

test("one that scales says so to the queue", async () => {
  const scaling = { ...valid, workers: [{ ...gpu, maxNodes: 3 }], autoscaling: {} };
  const fixed = await customResource("RayCluster", make(valid));
  const elastic = await customResource("RayCluster", make(scaling), { elasticJobs: true });
  const label = "kueue.x-k8s.io/elastic-job";
  expect(fixed.inputs.metadata.annotations?.[label]).toBeUndefined();
  expect(elastic.inputs.metadata.annotations?.[label]).toBe("true");
});

test("one whose state is in a Redis does not hold its queue up while nobody empties that", async () => {
  const kept = { ...valid, gcsFaultTolerance: { redisAddress: "redis:6379" } };
  const timeout = "ray.io/gcs-ft-deletion-timeout";
  const fixed = await customResource("RayCluster", make(valid));
  const lasting = await customResource("RayCluster", make(kept));
  expect(fixed.inputs.metadata.annotations?.[timeout]).toBeUndefined();
  expect(lasting.inputs.metadata.annotations?.[timeout]).toBe("20");
});

test("runs until it is removed, unless it says how long", async () => {
  const label = "kueue.x-k8s.io/max-exec-time-seconds";
  const open = await customResource("RayCluster", make(valid));
  const limited = await customResource("RayCluster", make({ ...valid, timeoutSeconds: 3600 }));
  expect(open.inputs.metadata.labels[label]).toBeUndefined();
  expect(limited.inputs.metadata.labels[label]).toBe("3600");
});

test("outputs: accelerators at most, the object, and where clients connect", async () => {
  let outputs: RayCluster | undefined;
  const scaling = { ...valid, workers: [{ ...gpu, maxNodes: 3 }], autoscaling: {} };
  const note = (given: Training) => {
    outputs = make(scaling)(given);
  };
  await customResource("RayCluster", note, { elasticJobs: true });
  expect(outputs?.accelerators).toBe(24);
  expect(outputs?.job).toEqual({ namespace: "research", name: "tuning" });
  expect(outputs?.address).toBe("ray://tuning-head-svc.research:10001");
});

const switchedOff: Problem = {
  path: ["autoscaling"],
  given: "a section",
  allowed: "nothing while queueing.elasticJobs is off",
  remedy: "set queueing.elasticJobs, or leave autoscaling out",
};

const refused: { case: string; choices: Choices; want: Problem[] }[] = [
  {
    case: "a deadline that would begin anew with each growth",
    choices: { ...valid, autoscaling: {}, timeoutSeconds: 3600 },
    want: [
      {
        path: ["timeoutSeconds"],
        given: "3600",
        allowed: "nothing with autoscaling: the time would begin anew each time that the cluster grows",
        remedy: "leave it out, or autoscaling",
      },
      switchedOff,
    ],
  },
  {
    case: "a group that may grow beyond the queue",
    choices: { ...valid, workers: [{ ...gpu, maxNodes: 4 }], autoscaling: {} },
    want: [
      {
        path: ["workers", 0, "nodes"],
        given: "32 accelerators (4 pods of 8)",
        allowed: "at most 24 for team research in pool h100 (16 own and 8 borrowed)",
        remedy: "make the job smaller, or raise the team's accelerators or borrowingLimit by 8",
      },
      switchedOff,
    ],
  },
  {
    case: "one that scales, in one rack, where jobs keep their number of pods",
    choices: {
      ...valid,
      topology: { mode: "required", level: "topology.plinth.dev/rack" },
      workers: [{ ...gpu, maxNodes: 3 }],
      autoscaling: {},
    },
    want: [
      switchedOff,
      {
        path: ["autoscaling"],
        given: "a section",
        allowed: "nothing for a job that names a network domain",
        remedy: "leave topology out, or autoscaling",
      },
    ],
  },
  {
    case: "a head that leaves nothing to a worker (F40)",
    choices: { ...valid, workers: [{ ...gpu, acceleratorsPerNode: 1 }], head: { cpuCores: 23 } },
    want: [
      {
        path: ["head"],
        given: "23 cores and 8192 MiB beside a worker of group gpu",
        allowed: "less than its 23 cores and 255Gi, with a core and 1Gi left to it",
        remedy: "make the head smaller, or give workers.0 more accelerators per node",
      },
    ],
  },
  {
    case: "a version that is not Ray's",
    choices: { ...valid, rayVersion: "latest" },
    want: [
      {
        path: ["rayVersion"],
        given: '"latest"',
        allowed: "a release of Ray 2: 2.<minor>.<patch>",
        remedy: "write it in the allowed form",
      },
    ],
  },
];

test.each(refused)("refused: $case", async ({ choices, want }) => {
  await refuses('RayCluster "tuning"', make(choices), want);
});
