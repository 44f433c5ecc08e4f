/** A made-up job history: random arrivals, many short small jobs, a few long large ones. */
import { seededRandom } from "../../components/planning/random.ts";
import type { SimulatedJob } from "../../components/planning/simulation/workload.ts";

export interface SyntheticHistory {
  readonly seed: number;
  readonly jobs: number;
  readonly teams: readonly string[];
  readonly pool: string;
  readonly acceleratorsPerNode: number;
  /** Mean time between two submissions of anybody. */
  readonly meanGapSeconds: number;
  readonly meanDurationSeconds: number;
}

/** Accelerators of a job and how many in ten have that size. */
const sizes = [1, 1, 1, 2, 2, 4, 8, 8, 16, 32];
const priorities = [100, 500, 500, 500, 1000];

export function syntheticJobs(history: SyntheticHistory): SimulatedJob[] {
  const random = seededRandom(history.seed);
  let now = 0;
  return Array.from({ length: history.jobs }, (_, index) => {
    now += random.exponential(history.meanGapSeconds);
    const size = pick(sizes, random.next());
    const nodes = Math.max(1, size / history.acceleratorsPerNode);
    return {
      name: `job-${index}`,
      team: pick(history.teams, random.next()),
      pool: history.pool,
      nodes,
      acceleratorsPerNode: size / nodes,
      priority: pick(priorities, random.next()),
      submittedSeconds: Math.round(now),
      // Squared, so that most are short and a few are many times the mean.
      durationSeconds: Math.ceil((random.exponential(1) ** 2 * history.meanDurationSeconds) / 2),
    };
  });
}

function pick<Item>(items: readonly Item[], part: number): Item {
  const item = items[Math.floor(part * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}
