/** Plays a written queueing scenario in the simulation, and says in the rows' words what each job does. */

import { topologyLabels } from "../../components/catalogue/labels.ts";
import { QueueSimulator } from "../../components/planning/simulation/queue-simulator.ts";
import type { Workload } from "../../components/planning/simulation/workload.ts";
import type { TopologyDomain, TopologyShape } from "../../components/planning/topology.ts";
import { priorities } from "../../components/scheduling/priorities.ts";
import type { Quota, Submission } from "./scenario.ts";

const acceleratorsPerNode = 8;

/** A pool and what teams own of it. */
export interface ScenarioPool {
  readonly pool: string;
  readonly nodes: number;
  readonly quotas: Readonly<Record<string, Quota>>;
}

interface Rules {
  readonly fairSharing: boolean;
  readonly weights: Readonly<Record<string, number>>;
  /** Default: two nodes to a rack, four racks to a block. */
  readonly room?: TopologyShape;
}

export class SimulatedScenario {
  readonly simulator: QueueSimulator;
  private readonly pool: string;
  private readonly workloads = new Map<string, Workload | undefined>();
  private ticks = 0;

  constructor(rows: readonly ScenarioPool[], { fairSharing, weights, room }: Rules) {
    this.pool = rows[0]?.pool ?? "";
    this.simulator = new QueueSimulator({
      pools: rows.map(({ pool, nodes }) => ({
        name: pool,
        nodes,
        acceleratorsPerNode,
        ...(room ?? { nodesPerRack: 2, racksPerBlock: 4 }),
      })),
      queues: rows.flatMap(({ pool, quotas }) =>
        Object.entries(quotas).map(([team, quota]) => ({
          borrowingLimit: 0,
          ...quota,
          team,
          pool,
          cohort: "platform",
          fairSharingWeight: weights[team] ?? 1,
        })),
      ),
      fairSharing,
      nodes: true,
      prioritizePreemptors: false,
      checkpointSeconds: 0,
      terminationSeconds: 0,
    });
  }

  /** Each job a tick after the one before, as the scenarios do it in the cluster. */
  submit(job: Submission): void {
    this.tick();
    const { topology } = job;
    const workload = this.simulator.submit({
      name: job.name,
      team: job.team,
      pool: job.pool ?? this.pool,
      nodes: job.nodes ?? 1,
      acceleratorsPerNode: job.acceleratorsPerNode ?? acceleratorsPerNode,
      priority: priorities[job.priority ?? "normal"].value,
      submittedSeconds: this.ticks,
      durationSeconds: Number.POSITIVE_INFINITY,
      ...(topology ? { topology: { mode: topology.mode, domain: domainOf(topology.level) } } : {}),
    });
    this.workloads.set(job.name, workload);
    this.simulator.settle();
  }

  finish(name: string): void {
    this.tick();
    const workload = this.workloads.get(name);
    if (!workload) throw new Error(`no job ${name} was submitted`);
    this.simulator.finish(workload);
    this.simulator.settle();
  }

  /** By job: the nodes that it runs on, that it waits, or that it waits because it was preempted. */
  states(): Record<string, string> {
    return Object.fromEntries([...this.workloads].map(([name, workload]) => [name, this.stateOf(workload)]));
  }

  private stateOf(workload: Workload | undefined): string {
    if (workload?.state === "finished") return "finished";
    if (workload?.state === "running") {
      const nodes = workload.placement.flatMap(({ node, pods }) =>
        new Array<string>(pods).fill(`${workload.job.pool}-${node}`),
      );
      return `runs on ${nodes.join(", ")}`;
    }
    return workload?.lostTo ? `preempted (${workload.lostTo})` : "waits";
  }

  private tick(): void {
    this.ticks += 1;
    this.simulator.advance(this.ticks);
  }
}

/** What a row wants, without Kueue's words about what is short. */
export function wantedStates(want: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(want).map(([name, state]) => [
      name,
      /^(runs on .*|finished|preempted \([A-Za-z]+\))/.exec(state)?.[0] ?? "waits",
    ]),
  );
}

function domainOf(level: string): TopologyDomain {
  const [domain] = Object.entries(topologyLabels).find(([, label]) => label === level) ?? [];
  if (!domain) throw new Error(`no domain has the label ${level}`);
  return domain as TopologyDomain;
}
