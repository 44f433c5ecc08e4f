import { expect, test } from "vitest";
import { JobSet, type JobSetArgs } from "../../../components/index.ts";
import type { Problem } from "../../../components/planning/problem.ts";
import { placeholder as image } from "../../support/builders.ts";
import { customResource, queueDependencies, refuses, type Training } from "../../support/training.ts";

type Choices = Omit<JobSetArgs, keyof Training>;

const trainer = { name: "trainer", nodes: 2, acceleratorsPerNode: 8, image };
const evaluator = { name: "evaluator", nodes: 1, acceleratorsPerNode: 4, image, after: "trainer" };
const valid: Choices = { roles: [trainer, evaluator] };

function make(choices: Choices, name = "pretrain") {
  return (given: Training) => new JobSet(name, { ...choices, ...given });
}

test("waits in the team's queue, after its controller, priorities and nodes (F62, F64)", async () => {
  const resource = await customResource("JobSet", make(valid));
  expect(resource.inputs.metadata.labels).toEqual({
    "plinth.dev/team": "research",
    "plinth.dev/cost-center": "cc-1",
    "kueue.x-k8s.io/queue-name": "h100",
    "kueue.x-k8s.io/priority-class": "normal",
    "kueue.x-k8s.io/max-exec-time-seconds": "604800",
  });
  expect(resource.dependsOn.filter((name) => !queueDependencies.includes(name))).toEqual(["jobset"]);
  expect(resource.deleteBeforeReplace).toBe(true);
  expect(resource.replaceOnChanges).toEqual([
    "spec",
    'metadata.labels["kueue.x-k8s.io/queue-name"]',
    'metadata.labels["kueue.x-k8s.io/max-exec-time-seconds"]',
  ]);
});

test("each role has its part of a node, shared memory included (F14, F79)", async () => {
  const { inputs } = await customResource("JobSet", make(valid));
  const jobs = inputs.spec.replicatedJobs as { template: { spec: { template: { spec: PodSpec } } } }[];
  const specs = jobs.map(({ template }) => template.spec.template.spec);
  expect(specs.map(({ containers }) => containers[0]?.resources.limits)).toEqual([
    { cpu: "184", memory: "2040Gi", "nvidia.com/gpu": "8" },
    { cpu: "92", memory: "1020Gi", "nvidia.com/gpu": "4" },
  ]);
  expect(specs.map(({ volumes }) => volumes[0]?.emptyDir.sizeLimit)).toEqual(["510Gi", "255Gi"]);
});

interface PodSpec {
  containers: { resources: { limits: Record<string, string> } }[];
  volumes: { emptyDir: { sizeLimit: string } }[];
}

test("outputs: accelerators, the object, and where its pods are", async () => {
  let outputs: JobSet | undefined;
  await customResource("JobSet", (given) => {
    outputs = make(valid)(given);
  });
  expect(outputs?.accelerators).toBe(20);
  expect(outputs?.job).toEqual({ namespace: "research", name: "pretrain" });
  expect(outputs?.addresses).toEqual({
    trainer: ["pretrain-trainer-0-0.pretrain", "pretrain-trainer-0-1.pretrain"],
    evaluator: ["pretrain-evaluator-0-0.pretrain"],
  });
});

const refused: { case: string; choices: Choices; name?: string; want: Problem[] }[] = [
  {
    case: "a role larger than a node (F40)",
    choices: { roles: [{ ...trainer, nodes: 1, acceleratorsPerNode: 9 }] },
    want: [
      {
        path: ["roles", 0, "acceleratorsPerNode"],
        given: "9",
        allowed: "1 to 8, the accelerators of a node of pool h100",
        remedy: "ask for 8 per node and more nodes, or choose another pool",
      },
    ],
  },
  {
    case: "roles that together are more than the queue ever holds",
    choices: { roles: [trainer, { ...evaluator, nodes: 3 }] },
    want: [
      {
        path: ["roles"],
        given: "28 accelerators (trainer: 2 pods of 8, evaluator: 3 pods of 4)",
        allowed: "at most 24 for team research in pool h100 (16 own and 8 borrowed)",
        remedy: "make a role smaller, or raise the team's accelerators or borrowingLimit by 4",
      },
    ],
  },
  {
    case: "a role after one that comes later",
    choices: {
      roles: [
        { ...trainer, after: "evaluator" },
        { ...evaluator, after: undefined },
      ],
    },
    want: [
      {
        path: ["roles", 0, "after"],
        given: '"evaluator"',
        allowed: "nothing: none is declared",
        remedy: "declare evaluator, or name one that is declared",
      },
    ],
  },
  {
    case: "success of a role that there is not",
    choices: { ...valid, successRoles: ["leader"] },
    want: [
      {
        path: ["successRoles", 0],
        given: '"leader"',
        allowed: "one of trainer, evaluator",
        remedy: "declare leader, or name one that is declared",
      },
    ],
  },
  {
    case: "two roles of one name",
    choices: { roles: [trainer, trainer] },
    want: [
      {
        path: ["roles", 1, "name"],
        given: '"trainer", which entry 0 already has',
        allowed: "each name once",
        remedy: "rename one of the two, or merge them",
      },
      {
        path: ["roles"],
        given: "32 accelerators (trainer: 2 pods of 8, trainer: 2 pods of 8)",
        allowed: "at most 24 for team research in pool h100 (16 own and 8 borrowed)",
        remedy: "make a role smaller, or raise the team's accelerators or borrowingLimit by 8",
      },
    ],
  },
  {
    case: "names that make pods' names too long",
    name: `a${"b".repeat(38)}c`,
    choices: { roles: [{ ...trainer, name: "distributed-trainer" }] },
    want: [
      {
        path: ["roles", 0, "name"],
        given:
          `"distributed-trainer", whose pods are called a${"b".repeat(38)}c-distributed-trainer-0-1 ` +
          "and 6 more characters",
        allowed: "names of pods of at most 63 characters",
        remedy: "shorten the role's or the job's name by 7",
      },
    ],
  },
  {
    case: "a topology level that no node carries (F48)",
    choices: { ...valid, topology: { mode: "required", level: "hpc_island_id" } },
    want: [
      {
        path: ["topology", "level"],
        given: '"hpc_island_id"',
        allowed: "topology.plinth.dev/block, topology.plinth.dev/rack, kubernetes.io/hostname",
        remedy: "name a level that the pool's nodes carry as a label",
      },
    ],
  },
];

test.each(refused)("refused: $case", async ({ choices, name = "pretrain", want }) => {
  await refuses(`JobSet "${name}"`, make(choices, name), want);
});
