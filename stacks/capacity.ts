/** `npm run capacity`: how many nodes the stack's pools need for a job history, and who gets which quota. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { z } from "zod";
import type { PoolSchema } from "../components/cluster/contract.ts";
import { configError } from "../components/config.ts";
import {
  type CapacityOutcome,
  evaluateCapacity,
  planCapacity,
  proportionalQuotas,
} from "../components/planning/capacity.ts";
import { type CapacityDemand, demandJobs } from "../components/planning/capacity-demand.ts";
import type { Problem } from "../components/planning/problem.ts";
import { unknownName } from "../components/planning/reference.ts";
import { poolShape } from "../components/planning/topology.ts";
import { parseTrace, type TraceJob } from "../components/planning/trace.ts";
import { priorities } from "../components/scheduling/priorities.ts";
import { type PoolReport, renderPoolReport } from "./capacity-report.ts";
import { type CommandResult, commandResult, readStack, textOf } from "./command.ts";
import type { StackConfig } from "./config.ts";
import { environmentRules } from "./environments.ts";

const usage = `Usage: npm run capacity -- --trace FILE [FLAGS]

  --trace FILE             job history: .csv, or .jsonl with one JSON object a line
  --stack NAME             stack file stacks/config/Pulumi.NAME.yaml (default: local)
  --stack-file FILE        another stack file
  --p95-wait MINUTES       what one job in twenty may wait longer than (default: 30)
  --checkpoint MINUTES     how often jobs save their work; 0: never (default: 0)
  --what-if POOL=NODES     another number of nodes of a pool; may be repeated
  --json                   the same as JSON
`;

/** Kubernetes' own default for the time that a pod has to end. */
const terminationSeconds = 30;

interface Flags {
  readonly trace: string;
  readonly stackFile: string;
  readonly p95WaitSeconds: number;
  readonly checkpointSeconds: number;
  readonly whatIf: ReadonlyMap<string, number>;
  readonly json: boolean;
}

/** The whole command; reads the two files and nothing else. */
export function capacity(argv: readonly string[], root: string): CommandResult {
  const flags = readFlags(argv, root);
  return flags ? commandResult(() => answer(flags)) : { code: 2, output: usage };
}

function answer(flags: Flags): string {
  const reports = reportsOf(flags);
  return flags.json ? JSON.stringify(reports, null, 2) : reports.map(renderPoolReport).join("\n\n");
}

function readFlags(argv: readonly string[], root: string): Flags | undefined {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        trace: { type: "string" },
        stack: { type: "string", default: "local" },
        "stack-file": { type: "string" },
        "p95-wait": { type: "string", default: "30" },
        checkpoint: { type: "string", default: "0" },
        "what-if": { type: "string", multiple: true, default: [] },
        json: { type: "boolean", default: false },
      },
    });
    const whatIf = values["what-if"].map((text) => /^([a-z0-9-]+)=([1-9]\d{0,4})$/.exec(text));
    const p95WaitSeconds = minutes(values["p95-wait"]);
    const checkpointSeconds = minutes(values.checkpoint);
    if (values.trace === undefined || whatIf.includes(null)) return undefined;
    if (p95WaitSeconds === undefined || checkpointSeconds === undefined) return undefined;
    return {
      trace: values.trace,
      stackFile: values["stack-file"] ?? join(root, "stacks", "config", `Pulumi.${values.stack}.yaml`),
      p95WaitSeconds,
      checkpointSeconds,
      whatIf: new Map(whatIf.map((match) => [match?.[1] ?? "", Number(match?.[2])])),
      json: values.json,
    };
  } catch {
    return undefined;
  }
}

function minutes(text: string): number | undefined {
  return /^\d{1,6}(\.\d+)?$/.test(text) ? Number(text) * 60 : undefined;
}

function reportsOf(flags: Flags): PoolReport[] {
  const stack = readStack(flags.stackFile);
  const pools = poolsOf(stack);
  const names = pools.map(({ name }) => name);
  const unknown = [...flags.whatIf.keys()].flatMap((name) => unknownName(["--what-if"], name, names));
  if (unknown.length > 0) throw configError("npm run capacity", unknown);
  const { jobs: read, problems } = parseTrace(textOf(flags.trace), {
    format: flags.trace.endsWith(".csv") ? "csv" : "jsonl",
    priorities: Object.fromEntries(Object.entries(priorities).map(([name, { value }]) => [name, value])),
    defaultPriority: priorities.normal.value,
  });
  const jobs = read.map((job) => ({ ...job, pool: job.pool ?? poolWith(job.accelerator, pools) }));
  const homeless = jobs.filter((job) => !pools.some(({ name }) => name === job.pool));
  const found = pools.map((pool) => poolDemand(pool, stack, jobs, flags));
  const shared = found.filter(({ demand, pool }) => demand.jobs.length > 0 && isShared(pool));
  const ofStack = shared.map(({ pool }) => sharedPool(pool));
  if (ofStack.length > 0) throw configError(flags.stackFile, ofStack);
  const all = [...problems, ...homeless.map(unknownPool), ...found.flatMap((demand) => demand.problems)];
  if (all.length > 0) throw configError(flags.trace, all);
  return found
    .filter(({ demand }) => demand.jobs.length > 0)
    .map(({ demand, pool }) => poolReport(demand, pool, stack, flags));
}

type Pool = z.output<PoolSchema>;

/** Pools with what follows from their machines. */
function poolsOf(stack: StackConfig): Pool[] {
  return stack.pools.map((pool) => environmentRules(stack.environment).pool.parse(pool));
}

/** A job that names only an accelerator goes to the first pool that has it. */
function poolWith(accelerator: string | undefined, pools: readonly Pool[]): string {
  return pools.find((pool) => pool.accelerator === accelerator)?.name ?? "";
}

/** Teams of the stack keep their cohort and weight; a team that has no quota yet joins the first cohort. */
function poolDemand(pool: Pool, stack: StackConfig, trace: readonly TraceJob[], flags: Flags) {
  // Where no machine room is written down, a gang may have any nodes of its pool.
  const room = "topology" in stack ? stack.topology : { nodesPerRack: pool.nodes, racksPerBlock: 1 };
  const shape = { ...pool, ...poolShape(pool, room) };
  const { jobs, problems } = demandJobs(trace, shape);
  const names = [...new Set(jobs.map(({ team }) => team))].sort();
  const teams = names.map((team) => {
    const known = stack.teams.find(({ name }) => name === team);
    const cohort = known?.cohort ?? stack.queueing.cohorts[0] ?? "";
    return { team, cohort, fairSharingWeight: known?.fairSharingWeight ?? 1 };
  });
  const { checkpointSeconds } = flags;
  const { fairSharing } = stack.queueing;
  const demand: CapacityDemand = {
    pool: shape,
    teams,
    jobs,
    fairSharing,
    checkpointSeconds,
    terminationSeconds,
  };
  return { pool, demand, problems };
}

function poolReport(demand: CapacityDemand, pool: Pool, stack: StackConfig, flags: Flags): PoolReport {
  const objective = { p95WaitSeconds: flags.p95WaitSeconds };
  const asked = flags.whatIf.get(pool.name);
  return {
    pool: pool.name,
    jobs: demand.jobs.length,
    p95WaitSeconds: flags.p95WaitSeconds,
    notes: notPlayed(stack),
    now: outcomeNow(demand, pool, stack, flags),
    whatIf: asked
      ? evaluateCapacity(demand, { nodes: asked, quotas: proportionalQuotas(demand, asked) }, objective)
      : undefined,
    plan: planCapacity(demand, objective),
  };
}

/** The stack's own nodes and quotas. */
function outcomeNow(
  demand: CapacityDemand,
  pool: Pool,
  stack: StackConfig,
  { p95WaitSeconds }: Flags,
): CapacityOutcome | undefined {
  const quotas = stack.teams.flatMap(({ name, cohort, fairSharingWeight, quotas: own }) =>
    own
      .filter((quota) => quota.pool === pool.name)
      .map((quota) => ({ ...quota, team: name, cohort, fairSharingWeight })),
  );
  if (quotas.length === 0) return undefined;
  return evaluateCapacity(demand, { nodes: pool.nodes, quotas }, { p95WaitSeconds });
}

/** What the stack says of its queues and the simulation, which plays Kueue's defaults, does not follow. */
function notPlayed({ queueing }: StackConfig): string[] {
  const { backend, preemption, cohortTree, admissionFairSharing, multiKueue, provisioning } = queueing;
  const played = "is not played: the figures are those of";
  return [
    ...(backend === "kueue" ? [] : [`queueing.backend ${backend} ${played} Kueue`]),
    ...(preemption ? [`queueing.preemption ${played} Kueue's usual preemption`] : []),
    ...(cohortTree.length > 0 ? [`queueing.cohortTree ${played} cohorts that stand alone`] : []),
    ...(multiKueue ? [`queueing.multiKueue ${played} jobs that stay in this cluster`] : []),
    ...(provisioning.length > 0 ? [`queueing.provisioning ${played} nodes that are there already`] : []),
    ...(admissionFairSharing ? [`queueing.admissionFairSharing ${played} teams without projects`] : []),
  ];
}

function isShared({ sharing }: Pool): boolean {
  return sharing.mode === "dra" ? sharing.devices !== "whole" : sharing.mode !== "dedicated";
}

/** Quotas of such a pool are of slices or replicas, a history's jobs are of whole accelerators. */
function sharedPool({ name, sharing }: Pool): Problem {
  return {
    path: ["pools", name, "sharing"],
    given: sharing.mode,
    allowed: "dedicated, or whole devices by dra, for a pool that the history has jobs for",
    remedy:
      "plan with a copy of the stack file in which the pool is dedicated, or ask npm run plan -- sharing",
  };
}

function unknownPool({ line, pool, accelerator }: TraceJob): Problem {
  return {
    path: [`line ${line}`, accelerator === undefined ? "pool" : "accelerator"],
    given: JSON.stringify(accelerator ?? pool),
    allowed: "a pool of the stack file, or the accelerator of one",
    remedy: "mend the line, or add the pool to the stack file",
  };
}
