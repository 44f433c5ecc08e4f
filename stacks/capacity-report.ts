/** What capacity planning found, as tables and one sentence that answers how many accelerators are needed. */
import type { CapacityOutcome, CapacityPlan } from "../components/planning/capacity.ts";
import { count } from "../components/planning/problem.ts";
import { type Cells, table } from "./table.ts";

export interface PoolReport {
  readonly pool: string;
  readonly jobs: number;
  readonly p95WaitSeconds: number;
  /** What the stack says and the figures do not follow. */
  readonly notes: readonly string[];
  /** The stack as it stands; undefined if nobody has a quota in the pool. */
  readonly now: CapacityOutcome | undefined;
  /** Another number of nodes that was asked about, with quotas in proportion. */
  readonly whatIf: CapacityOutcome | undefined;
  readonly plan: CapacityPlan;
}

/** One pool's part of the report. */
export function renderPoolReport(report: PoolReport): string {
  const { pool, plan, now, whatIf } = report;
  const objective = duration(report.p95WaitSeconds);
  const neighbours = plan.neighbours.map((outcome) => ({
    name: outcome.nodes < plan.chosen.nodes ? "fewer" : "more",
    outcome,
  }));
  const choices = [...neighbours, { name: "planned", outcome: plan.chosen }].sort(
    (a, b) => a.outcome.nodes - b.outcome.nodes,
  );
  const rows = [
    ...(now ? [{ name: "now", outcome: now }] : []),
    ...(whatIf ? [{ name: "what if", outcome: whatIf }] : []),
    ...choices,
  ];
  return [
    `POOL ${pool}: ${count(report.jobs, "job")}; p95 wait of each team at most ${objective}`,
    answer(report),
    "",
    table(rows.map(({ name, outcome }) => choiceCells(name, outcome))),
    "",
    "Quotas of the plan",
    table(quotaCells(plan.chosen)),
    ...(report.notes.length > 0 ? ["", ...report.notes.map((note) => `Note: ${note}`)] : []),
  ].join("\n");
}

/** How many accelerators are needed, and what that costs. */
export function answer({ pool, now, plan }: PoolReport): string {
  const { nodes, accelerators, figures } = plan.chosen;
  const hours = whole(figures.offeredAcceleratorHours);
  const difference = now ? nodes - now.nodes : 0;
  const change = `${count(Math.abs(difference), "node")} ${difference > 0 ? "more" : "fewer"} than now`;
  const compared = now && difference !== 0 ? `, ${change}` : "";
  return (
    `Pool ${pool} needs ${count(nodes, "node")} (${accelerators} accelerators)${compared}: ` +
    `${percent(figures.utilization)} used, ${hours} accelerator-hours paid for.`
  );
}

function choiceCells(name: string, { nodes, accelerators, figures, ...outcome }: CapacityOutcome): Cells {
  return {
    choice: name,
    nodes: String(nodes),
    accelerators: String(accelerators),
    objective: outcome.meetsObjective ? "met" : "missed",
    "worst p95 wait": duration(outcome.worstP95WaitSeconds),
    utilization: percent(figures.utilization),
    "hours paid": whole(figures.offeredAcceleratorHours),
    "hours used": whole(figures.usedAcceleratorHours),
    "hours lost": whole(figures.lostAcceleratorHours),
    preemptions: total(figures.teams.map(({ preemptions }) => preemptions)),
    "never run": total(figures.teams.map(({ unfinished }) => unfinished)),
  };
}

function quotaCells({ quotas, figures }: CapacityOutcome): Cells[] {
  return quotas.map((quota) => {
    const team = figures.teams.find((found) => found.team === quota.team);
    return {
      team: quota.team,
      accelerators: String(quota.accelerators),
      borrowingLimit: String(quota.borrowingLimit),
      lendingLimit: quota.lendingLimit === undefined ? "all" : String(quota.lendingLimit),
      jobs: String(team?.jobs ?? 0),
      "mean wait": duration(team?.meanSeconds ?? 0),
      "p95 wait": duration(team?.p95Seconds ?? 0),
      "longest wait": duration(team?.maxSeconds ?? 0),
      preemptions: String(team?.preemptions ?? 0),
      "hours used": whole(team?.acceleratorHours ?? 0),
    };
  });
}

/** Rounded to the unit that people would say: "0 s", "45 s", "12 min", "3.5 h". */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

function total(counts: readonly number[]): string {
  return String(counts.reduce((sum, count) => sum + count, 0));
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

function whole(amount: number): string {
  return String(Math.round(amount));
}
