/** What a job history asks of one pool: its jobs as gangs that the pool's nodes can hold. */
import { count, type Problem } from "./problem.ts";
import type { SimulatedJob } from "./simulation/workload.ts";
import type { TopologyShape } from "./topology.ts";
import type { TraceJob } from "./trace.ts";

/** A pool whose number of nodes is in question. */
export interface DemandPool extends TopologyShape {
  readonly name: string;
  readonly acceleratorsPerNode: number;
}

export interface DemandTeam {
  readonly team: string;
  readonly cohort: string;
  readonly fairSharingWeight: number;
}

/** Everything of a simulation but the number of nodes and the quotas. */
export interface CapacityDemand {
  readonly pool: DemandPool;
  readonly teams: readonly DemandTeam[];
  readonly jobs: readonly SimulatedJob[];
  readonly fairSharing: boolean;
  /** A preempted job keeps its work up to the last multiple of this; 0: it starts over. */
  readonly checkpointSeconds: number;
  /** Time that the pods of a preempted job take to go. */
  readonly terminationSeconds: number;
}

/** Jobs of a history in one pool; one that needs part of an accelerator takes a whole one. */
export function demandJobs(trace: readonly TraceJob[], pool: DemandPool) {
  const problems: Problem[] = [];
  const jobs: SimulatedJob[] = [];
  for (const job of trace) {
    if (job.pool !== pool.name) continue;
    const nodes = job.nodes ?? fewestNodes(job.accelerators, pool.acceleratorsPerNode);
    const acceleratorsPerNode = job.accelerators / nodes;
    if (acceleratorsPerNode > pool.acceleratorsPerNode) {
      problems.push(tooLarge(job, nodes, pool));
      continue;
    }
    const { name, team, priority, submittedSeconds, durationSeconds } = job;
    jobs.push({
      name,
      team,
      pool: pool.name,
      nodes,
      acceleratorsPerNode,
      priority,
      submittedSeconds,
      durationSeconds,
    });
  }
  return { jobs, problems };
}

/** The fewest nodes on which the accelerators divide evenly. */
function fewestNodes(accelerators: number, acceleratorsPerNode: number): number {
  let nodes = Math.ceil(accelerators / acceleratorsPerNode);
  while (accelerators % nodes !== 0) nodes += 1;
  return nodes;
}

function tooLarge(job: TraceJob, nodes: number, pool: DemandPool): Problem {
  return {
    path: [`line ${job.line}`, "nodes"],
    given: `${job.accelerators} accelerators on ${count(nodes, "node")}`,
    allowed: `at most ${pool.acceleratorsPerNode} on each node of pool ${pool.name}`,
    remedy: "mend the line, or plan with larger nodes",
  };
}
