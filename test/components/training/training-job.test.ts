import { expect, test } from "vitest";
import type { DraDevices } from "../../../components/catalogue/dra.ts";
import { configError } from "../../../components/config.ts";
import { TrainingJob, type TrainingJobArgs } from "../../../components/index.ts";
import type { Problem } from "../../../components/planning/problem.ts";
import {
  makeClaimed,
  makeCluster,
  makePartitioned,
  makePlatform,
  placeholder,
} from "../../support/builders.ts";
import { record } from "../../support/record.ts";

type Choices = Omit<TrainingJobArgs, "cluster" | "queue" | "priorityClasses">;

const valid: Choices = { nodes: 2, acceleratorsPerNode: 8, image: placeholder };

function submit(choices: Choices) {
  const { cluster, queue, priorityClasses } = makePlatform();
  return new TrainingJob("pretrain", { cluster, queue, priorityClasses, ...choices });
}

test("the Job goes after queue, priorities, service and nodes (F62, F64, F122)", async () => {
  let accelerators = 0;
  const resources = await record(() => {
    accelerators = submit(valid).accelerators;
  });
  const own = resources.filter(({ parent }) => parent === "plinth:training:TrainingJob pretrain");
  const edges = own.map(({ type, name, dependsOn, deleteBeforeReplace, replaceOnChanges }) => ({
    type,
    name,
    dependsOn,
    deleteBeforeReplace,
    replaceOnChanges,
  }));
  expect(accelerators).toBe(16);
  expect(edges).toEqual([
    {
      type: "kubernetes:batch/v1:Job",
      name: "pretrain",
      dependsOn: [
        "h100-0",
        "h100-1",
        "h100-2",
        "h100-3",
        "pretrain-rendezvous",
        "priority-high",
        "priority-high-workload",
        "priority-low",
        "priority-low-workload",
        "priority-normal",
        "priority-normal-workload",
        "research-queue-h100",
      ],
      deleteBeforeReplace: true,
      replaceOnChanges: ["spec", 'metadata.labels["kueue.x-k8s.io/queue-name"]'],
    },
    {
      type: "kubernetes:core/v1:Service",
      name: "pretrain-rendezvous",
      dependsOn: ["research-queue-h100"],
      deleteBeforeReplace: true,
      replaceOnChanges: [],
    },
  ]);
});

test.each([
  { case: "a whole node", each: 8, cpu: "184", memory: "2040Gi", sharedMemory: "510Gi" },
  { case: "one accelerator", each: 1, cpu: "23", memory: "255Gi", sharedMemory: "63Gi" },
])(
  "CPU, memory and shared memory of $case follow its accelerators",
  async ({ each, cpu, memory, sharedMemory }) => {
    const resources = await record(() => {
      submit({ ...valid, acceleratorsPerNode: each });
    });
    const job = resources.find(({ type }) => type === "kubernetes:batch/v1:Job");
    expect(job?.inputs.spec).toMatchObject({
      template: {
        spec: {
          containers: [{ resources: { requests: { cpu, memory, "nvidia.com/gpu": String(each) } } }],
          volumes: [{ emptyDir: { sizeLimit: sharedMemory } }],
        },
      },
    });
  },
);

const refused: { case: string; choices: Choices; want: Problem }[] = [
  {
    case: "a pod larger than a node (F40)",
    choices: { ...valid, nodes: 1, acceleratorsPerNode: 9 },
    want: {
      path: ["acceleratorsPerNode"],
      given: "9",
      allowed: "1 to 8, the accelerators of a node of pool h100",
      remedy: "ask for 8 per node and more nodes, or choose another pool",
    },
  },
  {
    case: "more than the queue can ever hold",
    choices: { ...valid, nodes: 4 },
    want: {
      path: ["nodes"],
      given: "32 accelerators (4 pods of 8)",
      allowed: "at most 24 for team research in pool h100 (16 own and 8 borrowed)",
      remedy: "make the job smaller, or raise the team's accelerators or borrowingLimit by 8",
    },
  },
  {
    case: "a topology level that no node carries (F48)",
    choices: { ...valid, topology: { mode: "required", level: "hpc_island_id" } },
    want: {
      path: ["topology", "level"],
      given: '"hpc_island_id"',
      allowed: "topology.plinth.dev/block, topology.plinth.dev/rack, kubernetes.io/hostname",
      remedy: "name a level that the pool's nodes carry as a label",
    },
  },
  {
    case: "an image without a digest",
    choices: { ...valid, image: "trainer:latest" },
    want: {
      path: ["image"],
      given: '"trainer:latest"',
      allowed: "an image reference with a digest: name:tag@sha256:<64 hex digits>",
      remedy: "write it in the allowed form",
    },
  },
];

test.each(refused)("refused: $case", async ({ choices, want }) => {
  const resources = await record(() => {
    expect(() => submit(choices)).toThrow(configError('TrainingJob "pretrain"', [want]).message);
  });
  expect(resources.filter(({ type }) => type.includes("TrainingJob"))).toEqual([]);
});

test("a gang of more pods than nodes, which share them, is made; one too many is not", async () => {
  const resources = await record(() => {
    submit({ ...valid, nodes: 6, acceleratorsPerNode: 4 });
  });
  const job = resources.find(({ type }) => type === "kubernetes:batch/v1:Job");
  expect(job?.inputs.spec).toMatchObject({ parallelism: 6, completions: 6 });
  await record(() => {
    const want = [
      {
        path: ["nodes"],
        given: "9",
        allowed: "1 to 8, the pods of 3 accelerators that fit pool h100 at once",
        remedy: "lower nodes to 8, or add 1 node to pool h100",
      },
      {
        path: ["nodes"],
        given: "27 accelerators (9 pods of 3)",
        allowed: "at most 24 for team research in pool h100 (16 own and 8 borrowed)",
        remedy: "make the job smaller, or raise the team's accelerators or borrowingLimit by 3",
      },
    ];
    const large = { ...valid, nodes: 9, acceleratorsPerNode: 3 };
    expect(() => submit(large)).toThrow(configError('TrainingJob "pretrain"', want).message);
  });
});

test("pods name the runtime class of the pool", async () => {
  const resources = await record(() => {
    const { cluster, queue, priorityClasses } = makePlatform();
    const named = { ...queue, pool: { ...queue.pool, runtimeClass: "nvidia" } };
    new TrainingJob("pretrain", { cluster, queue: named, priorityClasses, ...valid });
  });
  const job = resources.find(({ type }) => type === "kubernetes:batch/v1:Job");
  expect(job?.inputs.spec).toMatchObject({ template: { spec: { runtimeClassName: "nvidia" } } });
});

function submitSlices(choices: Partial<Choices>) {
  const { cluster, queue, priorityClasses } = makePartitioned();
  const slices = { nodes: 4, acceleratorsPerNode: 1, image: placeholder, ...choices };
  return new TrainingJob("sweep", { cluster, queue, priorityClasses, ...slices });
}

test("a job of slices asks for one per pod, and for the CPU and memory that go with it", async () => {
  let accelerators = 0;
  const resources = await record(() => {
    const isolation = ["memory", "fault", "performance"] as const;
    accelerators = submitSlices({ profile: "3g.40gb", isolation: [...isolation] }).accelerators;
  });
  expect(accelerators).toBe(4);
  const requests = { cpu: "9", memory: "108Gi", "nvidia.com/mig-3g.40gb": "1" };
  const job = resources.find(({ type }) => type === "kubernetes:batch/v1:Job");
  expect(job?.inputs.spec).toMatchObject({
    parallelism: 4,
    template: { spec: { containers: [{ resources: { requests, limits: requests } }] } },
  });
});

function submitClaims(devices: DraDevices, choices: Partial<Choices>) {
  const { cluster, queue, priorityClasses } = makeClaimed(devices);
  return new TrainingJob("sweep", { cluster, queue, priorityClasses, ...valid, ...choices });
}

test("a job of claims: a template before it, and CPU and memory without accelerators", async () => {
  let accelerators = 0;
  const resources = await record(() => {
    const choices = { nodes: 4, acceleratorsPerNode: 1, profile: "3g.40gb" };
    accelerators = submitClaims("partitions", choices).accelerators;
  });
  expect(accelerators).toBe(4);
  const own = resources.filter(({ parent }) => parent === "plinth:training:TrainingJob sweep");
  const job = own.find(({ type }) => type === "kubernetes:batch/v1:Job");
  const requests = { cpu: "10", memory: "109Gi" };
  const container = { resources: { requests, limits: requests, claims: [{ name: "accelerators" }] } };
  const resourceClaims = [{ name: "accelerators", resourceClaimTemplateName: "sweep" }];
  expect(job?.inputs.spec).toMatchObject({ template: { spec: { containers: [container], resourceClaims } } });
  expect(job?.dependsOn).toEqual(
    expect.arrayContaining(["sweep-claims", "mig.nvidia.com", "claimed-0-gpu.nvidia.com-counters-0"]),
  );
  expect(own.find(({ name }) => name === "sweep-claims")).toMatchObject({
    type: "kubernetes:resource.k8s.io/v1:ResourceClaimTemplate",
    dependsOn: ["research-queue-claimed"],
    deleteBeforeReplace: true,
    replaceOnChanges: ["spec"],
    inputs: { metadata: { name: "sweep", namespace: "research" } },
  });
});

test.each([
  { devices: "whole", choices: { acceleratorsPerNode: 9 }, path: ["acceleratorsPerNode"] },
  { devices: "partitions", choices: { acceleratorsPerNode: 1, profile: "1g.5gb" }, path: ["profile"] },
  { devices: "shares", choices: { acceleratorsPerNode: 1, gpuMemoryGiB: 96 }, path: ["gpuMemoryGiB"] },
  { devices: "whole", choices: { elastic: true }, path: ["elastic"] },
] as const)("refused of a pool of $devices: $path", async ({ devices, choices, path }) => {
  await record(() => {
    expect(() => submitClaims(devices, { nodes: 1, ...choices })).toThrow(path.join("."));
  });
});

const refusedSlices: { case: string; choices: Partial<Choices>; want: Problem }[] = [
  {
    case: "no profile",
    choices: {},
    want: {
      path: ["profile"],
      given: "nothing",
      allowed: "one of 1g.10gb, 2g.20gb, 3g.40gb: the MIG profiles of pool slices",
      remedy: "add the profile of the slices that are meant",
    },
  },
  {
    case: "a profile without a quota",
    choices: { profile: "2g.20gb" },
    want: {
      path: ["profile"],
      given: '"2g.20gb"',
      allowed: "a profile of which queue research-slices has a quota: 1g.10gb, 3g.40gb",
      remedy: "choose one of these, or give the team a quota of 2g.20gb",
    },
  },
  {
    case: "more slices than the queue can ever hold",
    choices: { profile: "3g.40gb", nodes: 9 },
    want: {
      path: ["nodes"],
      given: "9 slices 3g.40gb (9 pods of 1)",
      allowed: "at most 8 for team research in pool slices (8 own and 0 borrowed)",
      remedy: "make the job smaller, or raise the team's accelerators or borrowingLimit by 1",
    },
  },
  {
    case: "two slices in one container (F32)",
    choices: { profile: "1g.10gb", acceleratorsPerNode: 2 },
    want: {
      path: ["acceleratorsPerNode"],
      given: "2 slices 1g.10gb in one pod",
      allowed: "1: a process uses one MIG slice",
      remedy: "ask for 1 per pod and for more pods by nodes, or choose a dedicated pool",
    },
  },
];

test.each(refusedSlices)("refused of a partitioned pool: $case", async ({ choices, want }) => {
  await record(() => {
    expect(() => submitSlices(choices)).toThrow(configError('TrainingJob "sweep"', [want]).message);
  });
});

test("pods of a DRA pool name the scheduler that wastes least, where the cluster has it", async () => {
  const names: unknown[] = [];
  for (const schedulers of [[], ["plinth-packing", "plinth-waste"]]) {
    const resources = await record(() => {
      const { cluster, queue, priorityClasses } = makeClaimed("shares", makeCluster(schedulers));
      const choices = { nodes: 1, acceleratorsPerNode: 1, gpuMemoryGiB: 10, image: placeholder };
      new TrainingJob("serve", { cluster, queue, priorityClasses, ...choices });
    });
    const job = resources.find(({ type }) => type === "kubernetes:batch/v1:Job");
    const spec = job?.inputs.spec as { template: { spec: { schedulerName?: string } } } | undefined;
    names.push(spec?.template.spec.schedulerName ?? "none");
  }
  expect(names).toEqual(["none", "plinth-waste"]);
});
