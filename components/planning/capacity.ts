/** How many nodes a pool needs, and who gets which quota: answers from a job history, by simulation. */
import type { CapacityDemand } from "./capacity-demand.ts";
import { type QueueFigures, queueFigures } from "./simulation/queue-figures.ts";
import { simulateQueues } from "./simulation/queue-simulation.ts";
import type { SimulatedQueue } from "./simulation/workload-queue.ts";
import { sum } from "./sum.ts";

export interface CapacityObjective {
  /** At most one job in twenty of each team may wait longer, all its time in the queue added up. */
  readonly p95WaitSeconds: number;
}

/** What may be chosen. */
export interface CapacityChoice {
  readonly nodes: number;
  /** One per team. */
  readonly quotas: readonly SimulatedQueue[];
}

export interface CapacityOutcome extends CapacityChoice {
  readonly accelerators: number;
  readonly figures: QueueFigures;
  /** The team that comes nearest to the objective or exceeds it most: its p95 wait. */
  readonly worstP95WaitSeconds: number;
  readonly meetsObjective: boolean;
}

export interface CapacityPlan {
  /** Fewest nodes with which the objective is met. */
  readonly chosen: CapacityOutcome;
  /** The same demand with fewer and with more nodes, and with the quotas that go with them. */
  readonly neighbours: readonly CapacityOutcome[];
  readonly simulations: number;
}

/** Parts of each quota that might be kept from the cohort. */
const reserves = [0.25, 0.5, 1];
/** A reserve must spare at least this part of the lost work. */
const worthwhileSaving = 0.05;
const maxQuotaMoves = 6;
const maxNodes = 100_000;

/** Plays the history with a choice; the what-if of capacity planning. */
export function evaluateCapacity(
  demand: CapacityDemand,
  choice: CapacityChoice,
  objective: CapacityObjective,
): CapacityOutcome {
  const accelerators = choice.nodes * demand.pool.acceleratorsPerNode;
  const simulation = simulateQueues({
    pools: [{ ...demand.pool, nodes: choice.nodes }],
    queues: choice.quotas,
    jobs: demand.jobs,
    nodes: true,
    fairSharing: demand.fairSharing,
    prioritizePreemptors: false,
    checkpointSeconds: demand.checkpointSeconds,
    terminationSeconds: demand.terminationSeconds,
  });
  const figures = queueFigures(simulation, accelerators);
  const worstP95WaitSeconds = Math.max(0, ...figures.teams.map(({ p95Seconds }) => p95Seconds));
  const isComplete = figures.teams.every(({ unfinished }) => unfinished === 0);
  const meetsObjective = isComplete && worstP95WaitSeconds <= objective.p95WaitSeconds;
  return { ...choice, accelerators, figures, worstP95WaitSeconds, meetsObjective };
}

/** Fewest nodes, quotas that suit them, and what a node more or less would change. */
export function planCapacity(demand: CapacityDemand, objective: CapacityObjective): CapacityPlan {
  let simulations = 0;
  const evaluate = (choice: CapacityChoice) => {
    simulations += 1;
    return evaluateCapacity(demand, choice, objective);
  };
  const proportional = (nodes: number) => evaluate({ nodes, quotas: proportionalQuotas(demand, nodes) });
  let best = fewestNodes(demand, proportional);
  // Shifting quota towards those who wait may save a node that the proportional split does not.
  for (let nodes = best.nodes - 1; nodes >= leastNodes(demand); nodes -= 1) {
    const shifted = shiftQuotas(proportional(nodes), evaluate);
    if (!shifted.meetsObjective) break;
    best = shifted;
  }
  const chosen = withReserve(best, evaluate);
  const steps = [-2, -1, 1, 2].map((step) => chosen.nodes + step);
  const neighbours = steps.filter((nodes) => nodes >= leastNodes(demand)).map(proportional);
  return { chosen, neighbours, simulations };
}

/** All accelerators of the pool by what each team used; everybody may borrow all that others lend. */
export function proportionalQuotas(demand: CapacityDemand, nodes: number): SimulatedQueue[] {
  const used = demand.teams.map(({ team }) => acceleratorSeconds(demand, team));
  const total = sum(used);
  const accelerators = nodes * demand.pool.acceleratorsPerNode;
  const exact = used.map((amount) => (total > 0 ? amount / total : 1 / used.length) * accelerators);
  const quotas = exact.map(Math.floor);
  let left = accelerators - sum(quotas);
  const byRemainder = exact
    .map((amount, index) => ({ index, remainder: amount - Math.floor(amount) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder) {
    if (left === 0) break;
    quotas[index] = (quotas[index] ?? 0) + 1;
    left -= 1;
  }
  return withBorrowing(
    demand.teams.map(({ team, cohort, fairSharingWeight }, index) => ({
      team,
      cohort,
      fairSharingWeight,
      pool: demand.pool.name,
      accelerators: quotas[index] ?? 0,
      borrowingLimit: 0,
    })),
  );
}

/** The average demand and the largest gang both need to fit. */
export function leastNodes(demand: CapacityDemand): number {
  const { jobs, pool } = demand;
  const first = Math.min(...jobs.map((job) => job.submittedSeconds));
  const last = Math.max(...jobs.map((job) => job.submittedSeconds + job.durationSeconds));
  const work = jobs.reduce((sum, job) => sum + job.nodes * job.acceleratorsPerNode * job.durationSeconds, 0);
  const average = jobs.length > 0 ? work / (last - first) / pool.acceleratorsPerNode : 0;
  const gangs = jobs.map((job) => {
    return Math.ceil(job.nodes / Math.floor(pool.acceleratorsPerNode / job.acceleratorsPerNode));
  });
  return Math.max(1, Math.ceil(average), ...gangs);
}

/** Doubles until the objective is met, then halves the interval. */
function fewestNodes(demand: CapacityDemand, evaluate: (nodes: number) => CapacityOutcome): CapacityOutcome {
  let enough = evaluate(leastNodes(demand));
  let tooFew = enough.nodes - 1;
  while (!enough.meetsObjective) {
    if (enough.nodes >= maxNodes) throw new Error(`no number of nodes up to ${maxNodes} meets the objective`);
    tooFew = enough.nodes;
    enough = evaluate(Math.min(maxNodes, 2 * enough.nodes));
  }
  while (enough.nodes - tooFew > 1) {
    const middle = evaluate(Math.floor((enough.nodes + tooFew) / 2));
    if (middle.meetsObjective) enough = middle;
    else tooFew = middle.nodes;
  }
  return enough;
}

/** Moves quota from the team that waits least to the one that waits most, as long as that helps. */
function shiftQuotas(
  start: CapacityOutcome,
  evaluate: (choice: CapacityChoice) => CapacityOutcome,
): CapacityOutcome {
  let best = start;
  for (let move = 0; move < maxQuotaMoves && !best.meetsObjective; move += 1) {
    const byWait = best.figures.teams.toSorted((a, b) => a.p95Seconds - b.p95Seconds);
    const quotaOf = (team: string | undefined) => best.quotas.find((quota) => quota.team === team);
    const to = quotaOf(byWait.at(-1)?.team);
    const from = byWait.map(({ team }) => quotaOf(team)).find((quota) => quota && quota.accelerators > 0);
    if (!to || !from || to === from || to.cohort !== from.cohort) return best;
    const step = Math.max(1, Math.floor(from.accelerators / 4));
    const quotas = best.quotas.map((quota) => {
      if (quota === to) return { ...quota, accelerators: quota.accelerators + step };
      if (quota === from) return { ...quota, accelerators: quota.accelerators - step };
      return quota;
    });
    const moved = evaluate({ nodes: best.nodes, quotas: withBorrowing(quotas) });
    if (moved.worstP95WaitSeconds >= best.worstP95WaitSeconds) return best;
    best = moved;
  }
  return best;
}

/** Keeps part of each quota from the cohort where that spares enough work from being preempted. */
function withReserve(
  best: CapacityOutcome,
  evaluate: (choice: CapacityChoice) => CapacityOutcome,
): CapacityOutcome {
  let chosen = best;
  for (const reserve of reserves) {
    if (chosen.figures.lostAcceleratorHours === 0) break;
    const quotas = best.quotas.map((quota) => ({
      ...quota,
      lendingLimit: quota.accelerators - Math.floor(quota.accelerators * reserve),
    }));
    const reserved = evaluate({ nodes: best.nodes, quotas: withBorrowing(quotas) });
    const limit = chosen.figures.lostAcceleratorHours * (1 - worthwhileSaving);
    if (reserved.meetsObjective && reserved.figures.lostAcceleratorHours <= limit) chosen = reserved;
  }
  return chosen;
}

/** The widest borrowing limits that the others' lending covers. */
function withBorrowing(quotas: readonly SimulatedQueue[]): SimulatedQueue[] {
  const lent = (quota: SimulatedQueue) =>
    Math.min(quota.lendingLimit ?? quota.accelerators, quota.accelerators);
  return quotas.map((quota) => {
    const others = quotas.filter((other) => other.team !== quota.team && other.cohort === quota.cohort);
    return { ...quota, borrowingLimit: others.reduce((sum, other) => sum + lent(other), 0) };
  });
}

function acceleratorSeconds(demand: CapacityDemand, team: string): number {
  return demand.jobs
    .filter((job) => job.team === team)
    .reduce((sum, job) => sum + job.nodes * job.acceleratorsPerNode * job.durationSeconds, 0);
}
