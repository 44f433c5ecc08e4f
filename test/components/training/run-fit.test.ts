import { expect, test } from "vitest";
import type { Problem } from "../../../components/planning/problem.ts";
import { roomLevels } from "../../../components/planning/topology.ts";
import type { TeamQueue } from "../../../components/tenancy/team.ts";
import { podFitProblems, roleFitProblems } from "../../../components/training/run-fit.ts";
import { efa } from "../../support/network.ts";
import { record } from "../../support/record.ts";
import { makeTraining } from "../../support/training.ts";

async function judge(problems: (queue: TeamQueue) => Problem[]): Promise<string[]> {
  let found: Problem[] = [];
  await record(() => {
    found = problems(makeTraining().queue);
  });
  return found.map(({ path, given }) => `${path.join(".")}: ${given}`);
}

const onEfa = (queue: TeamQueue) => ({ ...queue, pool: { ...queue.pool, fabric: efa } });

const role = { name: "workers", nodes: 2, acceleratorsPerNode: 8, path: ["workers"] };

test.each<{ case: string; problems: (queue: TeamQueue) => Problem[]; want: string[] }>([
  { case: "all fits", problems: (queue) => roleFitProblems("jobset", [role], queue), want: [] },
  {
    case: "pods with half a network device each",
    problems: (queue) => roleFitProblems("jobset", [{ ...role, acceleratorsPerNode: 1 }], onEfa(queue)),
    want: ["workers.acceleratorsPerNode: 1"],
  },
  {
    case: "the same, where no pod talks to another",
    problems: (queue) =>
      roleFitProblems("jobset", [{ ...role, acceleratorsPerNode: 1 }], onEfa(queue), { pods: 1 }),
    want: [],
  },
  {
    case: "accelerators that are shared",
    problems: (queue) => {
      const sharing = { mode: "time-slicing", replicas: 2, rename: false } as const;
      return roleFitProblems("jobset", [role], { ...queue, pool: { ...queue.pool, sharing } });
    },
    want: ['pool: "h100", whose accelerators are shared by time-slicing'],
  },
  {
    case: "roles larger than the pool together",
    problems: (queue) => {
      const large = { ...queue, clusterQueue: { ...queue.clusterQueue, accelerators: 64 } };
      const roles = ["a", "b"].map((name) => ({ ...role, name, nodes: 3 }));
      return roleFitProblems("Ray cluster", roles, large, { list: "workers" });
    },
    want: ["workers: 6 nodes at once (a: 3 pods of 8, b: 3 pods of 8)"],
  },
  {
    case: "a pod that the queue covers, in a domain that there is",
    problems: (queue) =>
      podFitProblems(
        { acceleratorsPerNode: 8, topology: { level: "topology.plinth.dev/rack" } },
        queue,
        roomLevels,
      ),
    want: [],
  },
  {
    case: "a domain that no node is labelled with",
    problems: (queue) =>
      podFitProblems({ acceleratorsPerNode: 8, topology: { level: "row" } }, queue, roomLevels),
    want: ['topology.level: "row"'],
  },
])("$case", async ({ problems, want }) => {
  expect(await judge(problems)).toEqual(want);
});
