/** What the plan of a stack is reckoned from: pools as its environment buys them, and who asks for them. */
import { type CloudMachineId, cloudMachines, defaultMaxPods } from "../components/catalogue/cloud-machine.ts";
import { machineFor } from "../components/catalogue/hardware.ts";
import { unknown } from "../components/catalogue/unknown.ts";
import type {
  PlannedModel,
  PlannedPool,
  PlannedWorkload,
  PlatformRequest,
} from "../components/planning/platform-plan.ts";
import { ownCost, poolCost } from "../components/planning/pool-cost.ts";
import type { Promised } from "../components/planning/quota.ts";
import { modelRow, otherWays } from "../components/planning/serving/model-plan.ts";
import { sum } from "../components/planning/sum.ts";
import { awsPlannedPools } from "./aws-plan.ts";
import type { Environment, LocalStack, OnpremStack, StackConfig } from "./config.ts";
import { gcpPlannedPools } from "./gcp-plan.ts";
import { askedServers } from "./inference-rules.ts";
import { planOf } from "./job-plans.ts";
import { modelRequest } from "./model-entry.ts";

type Pools<E extends Environment> = (stack: Extract<StackConfig, { environment: E }>) => PlannedPool[];

const environments: { readonly [E in Environment]: Pools<E> } = {
  local: localPools,
  aws: awsPlannedPools,
  gcp: gcpPlannedPools,
  onprem: onpremPools,
};

export function planRequest(stack: StackConfig): PlatformRequest {
  const pools = pricedPools(stack);
  return {
    fairSharing: stack.queueing.fairSharing,
    pools,
    teams: stack.teams.map(({ name, costCenter }) => ({ name, costCenter })),
    quotas: promises(stack),
    models: [...plannedModels(stack, pools), ...servedModels(stack, pools)],
    workloads: [...stack.jobs.flatMap(jobWorkloads), ...stack.notebooks.map(notebookWorkload)],
  };
}

/** Every pool with its cost: by what the stack says that it pays, else by the catalogue. */
export function pricedPools(stack: StackConfig): PlannedPool[] {
  return poolsOf(stack).map((pool) => {
    const own = stack.prices.find((price) => price.pool === pool.name);
    return own ? { ...pool, cost: ownCost(pool.nodes, own.usdPerHour) } : pool;
  });
}

/** What teams own, and cohorts as a whole. */
export function promises({ teams, queueing }: StackConfig): Promised[] {
  return [
    ...teams.flatMap(({ name, quotas }) => quotas.map((quota) => ({ ...quota, team: name }))),
    ...queueing.cohortTree.flatMap(({ cohort, quotas }) =>
      quotas.map((quota) => ({ ...quota, team: `cohort ${cohort}` })),
    ),
  ];
}

/** Of each model. */
const shownAlternatives = 3;

/** The compiler sees that a stack and its reader are of one environment. */
function poolsOf<E extends Environment>(stack: Extract<StackConfig, { environment: E }>): PlannedPool[] {
  return environments[stack.environment as E](stack);
}

const simulated = unknown("simulated; `pricing` asks what a cloud takes");

/** Simulated machines cost nothing; the stack may ask what the same ones would cost in a cloud. */
function localPools({ pools, pricing }: LocalStack): PlannedPool[] {
  return pools.map((pool) => {
    const { name: machine = "", maxPods } = machineFor(pool.accelerator, pool.acceleratorsPerNode) ?? {};
    if (!pricing) return { ...pool, machine, maxPods, cost: simulated };
    const priced = { ...pricing, machine: machine as CloudMachineId, nodes: pool.nodes };
    return { ...pool, machine, maxPods, capacity: pricing.capacity, cost: poolCost(priced) };
  });
}

/** Other ways to serve each model that says what it has to do; the schema has checked that this one works. */
function plannedModels(stack: StackConfig, pools: readonly PlannedPool[]): PlannedModel[] {
  return stack.models.flatMap((entry, index) => {
    const { request } = modelRequest(entry, ["models", index]);
    const pool = pools.find(({ name }) => name === entry.pool);
    if (!request || !pool) return [];
    const alternatives = otherWays(request)
      .slice(0, shownAlternatives)
      .map(({ description, usdPerMonth }) => ({ description, usdPerMonth }));
    const row = modelRow(request, { ...pool, machine: soldMachine(pool.machine) });
    return [{ ...row, profile: entry.profile, alternatives }];
  });
}

/** Servers on accelerators, as the replicas that they are. */
function servedModels(stack: StackConfig, pools: readonly PlannedPool[]): PlannedModel[] {
  return askedServers(
    stack.inferenceServers.map((server, index) => ({ ...server, path: ["inferenceServers", index] })),
  ).flatMap(({ pool: name, profile, read: { request } }) => {
    const pool = pools.find((candidate) => candidate.name === name);
    if (!request || !pool) return [];
    const row = modelRow(request, { ...pool, machine: soldMachine(pool.machine) });
    return [{ ...row, profile, alternatives: [] }];
  });
}

/** A site's own machines are in no catalogue. */
function soldMachine(machine: string): CloudMachineId | undefined {
  return machine in cloudMachines ? (machine as CloudMachineId) : undefined;
}

/** What a site's own machines cost is in its own books. */
function onpremPools({ pools }: OnpremStack): PlannedPool[] {
  return pools.map((pool) => ({
    ...pool,
    maxPods: pool.maxPods ?? defaultMaxPods,
    machine: "the site's own",
    cost: unknown("the site's own machines"),
  }));
}

/** One for each kind of slice that its pods ask for. */
function jobWorkloads(job: StackConfig["jobs"][number]): PlannedWorkload[] {
  const { kind = "gang", name, team, pool } = job;
  const roles = planOf(job).roles(job, []);
  return [...new Set(roles.map(({ profile }) => profile))].map((profile) => {
    const own = roles.filter((role) => role.profile === profile);
    const accelerators = sum(own.map((role) => role.nodes * role.acceleratorsPerNode));
    const perPod = [...new Set(own.map(({ acceleratorsPerNode }) => acceleratorsPerNode))];
    return { kind, name, team, pool, profile, accelerators, perPod };
  });
}

function notebookWorkload(notebook: StackConfig["notebooks"][number]): PlannedWorkload {
  const { name, team, pool, profile, accelerators } = notebook;
  return { kind: "notebook", name, team, pool, profile, accelerators, perPod: [accelerators] };
}
