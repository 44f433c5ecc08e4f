import { expect, test } from "vitest";
import {
  TrainingRuntime,
  type TrainingRuntimeArgs,
  TrainJob,
  type TrainJobArgs,
} from "../../../components/index.ts";
import type { Problem } from "../../../components/planning/problem.ts";
import { placeholder as image } from "../../support/builders.ts";
import { infiniband } from "../../support/network.ts";
import { customResource, queueDependencies, refuses, type Training } from "../../support/training.ts";

type Framework = TrainingRuntimeArgs["framework"];
type Choices = Pick<TrainJobArgs, "nodes" | "command">;

function make(choices: Choices, framework: Framework = "torch") {
  return ({ queue, ...given }: Training) => {
    const size = { acceleratorsPerNode: 8, priority: "high" as const };
    const runtime = new TrainingRuntime("runtime", { framework, image, ...size, queue, ...given });
    return new TrainJob("pretrain", { ...choices, runtime, ...given });
  };
}

test("asks its runtime for nodes; the queue suspends it", async () => {
  const { inputs, dependsOn } = await customResource("TrainJob", make({ nodes: 2, command: ["train"] }));
  expect(inputs.metadata.labels).toMatchObject({
    "kueue.x-k8s.io/queue-name": "h100",
    "kueue.x-k8s.io/priority-class": "high",
  });
  expect(inputs.spec).toEqual({
    runtimeRef: { kind: "TrainingRuntime", name: "runtime" },
    activeDeadlineSeconds: 604_800,
    trainer: { numNodes: 2, numProcPerNode: 8, command: ["train"] },
  });
  const own = dependsOn.filter((name) => !queueDependencies.includes(name));
  expect(own).toEqual(["runtime", "trainer"]);
});

test("outputs", async () => {
  let outputs: TrainJob | undefined;
  await customResource("TrainJob", (given) => {
    outputs = make({ nodes: 3 })(given);
  });
  expect([outputs?.accelerators, outputs?.job]).toEqual([24, { namespace: "research", name: "pretrain" }]);
});

const refused: { case: string; choices: Choices; framework?: Framework; want: Problem[] }[] = [
  {
    case: "a launcher with nothing to launch, which would take a second node (F44)",
    choices: { nodes: 1 },
    framework: "mpi",
    want: [
      {
        path: ["nodes"],
        given: "1",
        allowed: "at least 2 with mpi, whose launcher is the first of them",
        remedy: "ask for 2 nodes, or use the framework torch on one",
      },
    ],
  },
  {
    case: "more than the queue ever holds",
    choices: { nodes: 4 },
    want: [
      {
        path: ["nodes"],
        given: "32 accelerators (4 pods of 8)",
        allowed: "at most 24 for team research in pool h100 (16 own and 8 borrowed)",
        remedy: "make the job smaller, or raise the team's accelerators or borrowingLimit by 8",
      },
    ],
  },
];

test.each(refused)("refused: $case", async ({ choices, framework, want }) => {
  await refuses('TrainJob "pretrain"', make(choices, framework), want);
});

test.each([
  {
    case: "one node, with a runtime whose pods ask for the network",
    nodes: 1,
    multiNode: true,
    allowed: "at least 2 with this runtime, whose pods ask for rdma/ib of pool h100",
    remedy: "give the job a runtime with multiNode: false",
  },
  {
    case: "two nodes, with a runtime whose pods do not",
    nodes: 2,
    multiNode: false,
    allowed: "1 with this runtime, whose pods ask for no rdma/ib of pool h100",
    remedy: "give the job a runtime with multiNode: true",
  },
])("refused: $case", async ({ nodes, multiNode, allowed, remedy }) => {
  const want = [{ path: ["nodes"], given: String(nodes), allowed, remedy }];
  const build = ({ queue, ...given }: Training) => {
    const networked = { ...queue, pool: { ...queue.pool, fabric: infiniband } };
    const own = { framework: "torch", image, acceleratorsPerNode: 8, multiNode, queue: networked } as const;
    return new TrainJob("pretrain", {
      ...given,
      nodes,
      runtime: new TrainingRuntime("runtime", { ...own, ...given }),
    });
  };
  await refuses('TrainJob "pretrain"', build, want);
});
