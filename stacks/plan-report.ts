/** The plan of a stack as people read it. */
import { amount, dollars } from "../components/planning/money.ts";
import type { ModelCost, PlatformPlan, PoolRow, TeamRow } from "../components/planning/platform-plan.ts";
import { count } from "../components/planning/problem.ts";
import { sum } from "../components/planning/sum.ts";
import { type Cells, table } from "./table.ts";

export function renderPlan(name: string, plan: PlatformPlan): string {
  const accelerators = sum(plan.pools.map((pool) => pool.accelerators));
  const priced = plan.pools.some(({ usdPerMonth }) => usdPerMonth !== null);
  const cost = priced ? `, ${dollars(plan.usdPerMonth)} a month` : "";
  return [
    `PLAN ${name}: ${count(plan.pools.length, "pool")}, ${count(accelerators, "accelerator")}${cost}`,
    section("Pools", plan.pools.flatMap(poolCells)),
    section("Prices", plan.pools.map(priceCells)),
    section("Teams", teamCells(plan)),
    section("Models", plan.models.map(modelCells)),
    section("Latency for 95 of 100 requests", plan.models.flatMap(latencyCells)),
    section("Other ways to serve them", plan.models.flatMap(alternativeCells)),
    section("Workloads", plan.workloads.map(workloadCells)),
    ...(plan.warnings.length > 0 ? [`Warnings\n${plan.warnings.map((text) => `  ${text}`).join("\n")}`] : []),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function section(title: string, rows: readonly Cells[]): string {
  return rows.length === 0 ? "" : `${title}\n${table(rows)}`;
}

/** One line for each kind of device that a pool's quotas count. */
function poolCells(pool: PoolRow): Cells[] {
  return pool.devices.map(({ noun, total, promised, headroom }, index) => ({
    pool: pool.name,
    accelerator: pool.accelerator,
    machine: pool.machine,
    nodes: index === 0 ? String(pool.nodes) : "",
    counted: noun,
    total: String(total),
    promised: String(promised),
    headroom: String(headroom),
    "USD/month": index === 0 ? monthly(pool.usdPerMonth) : "",
  }));
}

function priceCells({ name, priceNote }: PoolRow): Cells {
  return { pool: name, price: priceNote };
}

function teamCells({ teams, usdPerMonth, unassignedUsdPerMonth }: PlatformPlan): Cells[] {
  const rows = teams.map(({ name, costCenter, owns, usdPerMonth: own }: TeamRow) => ({
    team: name,
    "cost center": costCenter,
    owns: Object.entries(owns)
      .map(([pool, accelerators]) => `${accelerators} ${pool}`)
      .join(", "),
    "USD/month": monthly(own),
  }));
  if (usdPerMonth === 0) return rows.map(({ "USD/month": _, ...row }) => row);
  if (unassignedUsdPerMonth === 0) return rows;
  const rest = { team: "(nobody)", "cost center": "", owns: "", "USD/month": monthly(unassignedUsdPerMonth) };
  return [...rows, rest];
}

function modelCells(model: ModelCost): Cells {
  const { name, pool, replicas, spare, accelerators, weightGiB, context, sequences } = model;
  return {
    model: name,
    pool,
    weights: `${weightGiB} GiB`,
    "KV/token": `${model.cacheKiBPerToken} KiB`,
    context: String(context),
    "longest that fits": String(model.longestContext),
    "sequences at once": String(sequences),
    replicas: spare > 0 ? `${replicas} + ${spare} spare` : String(replicas),
    asks: String(accelerators),
    "USD/month": monthly(model.usdPerMonth),
  };
}

function latencyCells({ name, loaded }: ModelCost): Cells[] {
  if (!loaded) return [];
  const { ttftP95Seconds, tpotP95Seconds, utilization } = loaded;
  return [
    {
      model: name,
      "first token": `${milliseconds(ttftP95Seconds)} ms`,
      "each further": `${milliseconds(tpotP95Seconds)} ms`,
      "steps full of prompts": `${(utilization * 100).toFixed(1)} %`,
    },
  ];
}

function alternativeCells({ name, alternatives }: ModelCost): Cells[] {
  return alternatives.map(({ description, usdPerMonth }) => ({
    model: name,
    "USD/month": monthly(usdPerMonth),
    way: description,
  }));
}

function milliseconds(seconds: number): string {
  return (seconds * 1000).toFixed(1);
}

function workloadCells(workload: PlatformPlan["workloads"][number]): Cells {
  const { kind, name, team, pool, profile, accelerators } = workload;
  const asks = profile === undefined ? String(accelerators) : `${accelerators} ${profile}`;
  return { workload: `${kind} ${name}`, team, pool, asks };
}

/** "12,345.67"; a dash where no price is known. */
export function monthly(usd: number | null): string {
  return usd === null ? "-" : amount(usd);
}
