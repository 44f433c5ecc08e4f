/** How long does it take to simulate the queues of a pool, and how does that grow? */
import { queueFigures } from "../components/planning/simulation/queue-figures.ts";
import { simulateQueues } from "../components/planning/simulation/queue-simulation.ts";
import { machine, rounded, seconds } from "./support/measure.ts";
import { syntheticJobs } from "./support/synthetic-jobs.ts";
import type { Table } from "./support/table.ts";

const teams = ["a", "b", "c", "d"];
const acceleratorsPerNode = 8;
/** Jobs, and nodes of a pool that would need about 23 to be always full. */
const sizes = [
  { jobs: 1000, nodes: 30 },
  { jobs: 10_000, nodes: 30 },
  { jobs: 10_000, nodes: 40 },
];

export async function run(): Promise<Table> {
  const rows: Awaited<ReturnType<typeof measure>>[] = [];
  for (const { jobs, nodes } of sizes) {
    for (const fairSharing of [false, true]) rows.push(await measure(jobs, nodes, fairSharing));
  }
  return {
    question: "How long does it take to simulate the queues of a pool, node by node?",
    machine: machine(),
    rows,
    notes: ["Four teams, seed 1, no checkpoints, 30 s to terminate."],
  };
}

async function measure(count: number, nodes: number, fairSharing: boolean) {
  const accelerators = nodes * acceleratorsPerNode;
  const jobs = syntheticJobs({
    seed: 1,
    jobs: count,
    teams,
    pool: "p",
    acceleratorsPerNode,
    meanGapSeconds: 300,
    meanDurationSeconds: 7200,
  });
  const queues = teams.map((team) => ({
    team,
    pool: "p",
    cohort: "c",
    accelerators: accelerators / teams.length,
    borrowingLimit: accelerators - accelerators / teams.length,
  }));
  let result: ReturnType<typeof simulateQueues> | undefined;
  const took = await seconds(async () => {
    result = simulateQueues({
      pools: [{ name: "p", nodes, acceleratorsPerNode, nodesPerRack: 2, racksPerBlock: 4 }],
      queues,
      jobs,
      fairSharing,
      nodes: true,
      prioritizePreemptors: false,
      checkpointSeconds: 0,
      terminationSeconds: 30,
    });
  });
  if (!result) throw new Error("nothing was simulated");
  const figures = queueFigures(result, accelerators);
  return {
    jobs: count,
    nodes,
    fairSharing: String(fairSharing),
    seconds: rounded(took),
    utilization: rounded(figures.utilization, 3),
    preemptions: figures.teams.reduce((sum, team) => sum + team.preemptions, 0),
    lostHours: Math.round(figures.lostAcceleratorHours),
  };
}
