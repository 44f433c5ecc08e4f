/** Which sharing mode suits which mix of jobs, and what would the others cost? */
import { adviseSharing } from "../components/planning/sharing-advice.ts";
import { describedWay } from "../components/planning/sharing-advice-modes.ts";
import { machine, rounded } from "./support/measure.ts";
import { sharingMixes } from "./support/sharing-mixes.ts";
import type { Table } from "./support/table.ts";

const jobs = 1000;
const seed = 1;

export async function run(): Promise<Table> {
  const rows = sharingMixes.flatMap(({ case: mix, kinds, accelerator, p95WaitSeconds }) => {
    const objective = { p95WaitSeconds };
    const advice = adviseSharing({ kinds, accelerator, objective, jobs, seed });
    const possible = advice.possible.map((outcome) => ({
      mix,
      mode: describedWay(outcome.way),
      advice: outcome === advice.recommended ? "recommended" : "",
      isolation: isolated(outcome.isolation),
      accelerators: outcome.accelerators,
      hoursPerJob: rounded(outcome.acceleratorHoursPerJob, 3),
      smUtilization: rounded(outcome.figures.smUtilization, 3),
      meanWaitSeconds: Math.round(outcome.figures.meanSeconds),
      p95WaitSeconds: Math.round(outcome.figures.p95Seconds),
      worstP95Slowdown: rounded(Math.max(...Object.values(outcome.figures.p95Slowdown))),
    }));
    const refused = advice.refused.map(({ mode, reason }) => ({ mix, mode, advice: `refused: ${reason}` }));
    return [...possible, ...refused];
  });
  return {
    question: "Which sharing mode suits which mix of jobs, and what would the others cost?",
    machine: machine(),
    rows,
    notes: [
      `${jobs} simulated jobs each, seed ${seed}.`,
      "The losses of sharing are those of public reports and were not measured here: docs/sharing-advice.md.",
    ],
  };
}

function isolated(isolation: object): string {
  const kept = Object.entries(isolation).filter(([, isKept]) => isKept);
  return kept.map(([kind]) => kind).join(", ") || "none";
}
