import { expect, test } from "vitest";
import { MpiJob, type MpiJobArgs } from "../../../components/index.ts";
import type { Problem } from "../../../components/planning/problem.ts";
import { placeholder as image } from "../../support/builders.ts";
import { customResource, queueDependencies, refuses, type Training } from "../../support/training.ts";

type Choices = Omit<MpiJobArgs, keyof Training>;

const valid: Choices = { image, nodes: 2, acceleratorsPerNode: 8, command: ["mpirun", "train"] };

function make(choices: Choices) {
  return (given: Training) => new MpiJob("pretrain", { ...choices, ...given });
}

test("waits in the queue, after its controller; a node's share for each pod", async () => {
  const { inputs, dependsOn } = await customResource("MPIJob", make({ ...valid, priority: "high" }));
  expect(inputs.metadata.labels).toMatchObject({
    "kueue.x-k8s.io/queue-name": "h100",
    "kueue.x-k8s.io/priority-class": "high",
  });
  expect(dependsOn.filter((name) => !queueDependencies.includes(name))).toEqual(["mpi"]);
  const requests = { "nvidia.com/gpu": "8" };
  const template = { spec: { containers: [{ resources: { requests, limits: requests } }] } };
  expect(inputs.spec).toMatchObject({
    mpiReplicaSpecs: { Launcher: { replicas: 1, template }, Worker: { replicas: 1, template } },
  });
});

test("outputs: the launcher's accelerators count", async () => {
  let outputs: MpiJob | undefined;
  await customResource("MPIJob", (given) => {
    outputs = make({ ...valid, nodes: 3 })(given);
  });
  expect([outputs?.accelerators, outputs?.job]).toEqual([24, { namespace: "research", name: "pretrain" }]);
});

const refused: { case: string; choices: Choices; want: Problem[] }[] = [
  {
    case: "a launcher with nothing to launch (F44)",
    choices: { ...valid, nodes: 1 },
    want: [
      {
        path: ["nodes"],
        given: "1",
        allowed: "at least 2 with MPI, whose launcher is the first of them",
        remedy: "ask for 2 nodes, or make it a plain gang",
      },
    ],
  },
  {
    case: "more than the queue ever holds",
    choices: { ...valid, nodes: 4 },
    want: [
      {
        path: ["nodes"],
        given: "32 accelerators (4 pods of 8)",
        allowed: "at most 24 for team research in pool h100 (16 own and 8 borrowed)",
        remedy: "make the job smaller, or raise the team's accelerators or borrowingLimit by 8",
      },
    ],
  },
  {
    case: "a level that no node carries (F48)",
    choices: { ...valid, topology: { mode: "required", level: "row" } },
    want: [
      {
        path: ["topology", "level"],
        given: '"row"',
        allowed: "topology.plinth.dev/block, topology.plinth.dev/rack, kubernetes.io/hostname",
        remedy: "name a level that the pool's nodes carry as a label",
      },
    ],
  },
];

test.each(refused)("refused: $case", async ({ choices, want }) => {
  await refuses('MpiJob "pretrain"', make(choices), want);
});
