/** Random mixes of jobs with what the simulation says of each step, for the real Kueue to confirm. */
import { type Random, seededRandom } from "../../components/planning/random.ts";
import type { Quota, Submission } from "./scenario.ts";
import { type ScenarioPool, SimulatedScenario } from "./simulated-scenario.ts";

export interface RandomMix extends ScenarioPool {
  readonly seed: number;
  readonly steps: readonly MixStep[];
}

/** One job is submitted or finished; then every job does what is wanted. */
interface MixStep {
  readonly submit?: Submission;
  readonly finish?: string;
  readonly want: Readonly<Record<string, string>>;
}

const stepsOfMix = 14;
const acceleratorsPerNode = 8;

/** Of three teams; the last never borrows. */
export function randomMix(
  seed: number,
  rules: { readonly fairSharing: boolean; readonly weights: Readonly<Record<string, number>> },
): RandomMix {
  const teams = Object.keys(rules.weights);
  const random = seededRandom(seed);
  const nodes = 2 + random.below(4);
  const pool = `mix-${rules.fairSharing ? "fair" : "plain"}-${seed}`;
  const quotas = randomQuotas(random, teams, nodes);
  const scenario = new SimulatedScenario([{ pool, nodes, quotas }], rules);
  const steps: MixStep[] = [];
  for (let index = 0; index < stepsOfMix; index += 1) {
    const running = Object.entries(scenario.states()).filter(([, state]) => state.startsWith("runs on"));
    const [finish] = running[random.below(3 * running.length)] ?? [];
    const submit = finish === undefined ? randomJob(random, teams, index) : undefined;
    if (finish !== undefined) scenario.finish(finish);
    if (submit) scenario.submit(submit);
    steps.push({ ...(submit ? { submit } : { finish }), want: scenario.states() } as MixStep);
  }
  return { seed, pool, nodes, quotas, steps };
}

/** Quotas that fill the pool; two of the teams may borrow all that the others lend. */
function randomQuotas(random: Random, teams: readonly string[], nodes: number): Record<string, Quota> {
  const owned = teams.map(() => 0);
  for (let half = 0; half < 2 * nodes; half += 1) {
    const team = random.below(teams.length);
    owned[team] = (owned[team] ?? 0) + acceleratorsPerNode / 2;
  }
  const lent = owned.map((accelerators) => (random.below(3) === 0 ? accelerators / 2 : accelerators));
  const total = lent.reduce((sum, accelerators) => sum + accelerators, 0);
  return Object.fromEntries(
    teams.map((team, index) => [
      team,
      {
        accelerators: owned[index] ?? 0,
        borrowingLimit: index < 2 ? total - (lent[index] ?? 0) : 0,
        lendingLimit: lent[index] ?? 0,
      },
    ]),
  );
}

function randomJob(random: Random, teams: readonly string[], index: number): Submission {
  const isHalf = random.below(3) === 0;
  return {
    team: teams[random.below(teams.length)] ?? "",
    name: `job-${index}`,
    nodes: random.below(4) === 0 ? 2 : 1,
    acceleratorsPerNode: isHalf ? acceleratorsPerNode / 2 : acceleratorsPerNode,
    priority: (["low", "normal", "high"] as const)[random.below(3)] ?? "normal",
  };
}
