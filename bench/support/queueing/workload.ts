/** The same jobs for every queueing system: drawn from a seed, two teams, gangs that come over a while. */
import { seededRandom } from "../../../components/planning/random.ts";
import type { Gang } from "../../../test/support/gangs.ts";

export interface ArrivingGang extends Gang {
  readonly acceleratorsPerNode: number;
  /** Seconds after the first. */
  readonly arrivesAt: number;
  readonly runSeconds: number;
}

export const pool = "h100";
export const nodes = 8;
/** Both teams together own the pool; each may borrow all that the other owns. */
export const quotas = { red: 24, blue: 40 } as const;

const gangs = 60;
const arrivalSeconds = 40;

/** Sixty gangs of one to four nodes, a third of them on half a node, at three priorities. */
export function arrivingGangs(seed: number): ArrivingGang[] {
  const random = seededRandom(seed);
  const pick = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(random.next() * values.length)] as Value;
  const drawn = Array.from({ length: gangs }, (_, index) => {
    // Red owns less and asks for more: without borrowing it would fall behind.
    const team = random.next() < 0.6 ? "red" : "blue";
    return {
      name: `job-${index}`,
      team,
      pool,
      nodes: pick([1, 1, 1, 2, 2, 3, 4]),
      acceleratorsPerNode: pick([8, 8, 4]),
      priority: pick(["low", "normal", "normal", "high"] as const),
      arrivesAt: random.next() * arrivalSeconds,
      runSeconds: 2 + Math.floor(random.next() * 7),
    };
  });
  return drawn.sort((a, b) => a.arrivesAt - b.arrivesAt);
}
