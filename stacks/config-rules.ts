/** Rules of a stack file that concern more than one field, checked on whatever part of it is well-formed. */
import type { z } from "zod";
import type { ControllerName } from "../components/catalogue/controllers.ts";
import type { ClusterAbilities } from "../components/cluster/contract.ts";
import { nodeHealthProblems } from "../components/gpu/node-health-rules.ts";
import { schedulerProblems } from "../components/planning/pod-scheduler.ts";
import type { Path, Problem } from "../components/planning/problem.ts";
import type { PoolPlan, QuotaPlan } from "../components/planning/quota.ts";
import { repeatedName, unknownName } from "../components/planning/reference.ts";
import { remotePoolProblems } from "../components/planning/remote-pool.ts";
import type { InferencePlace } from "../components/planning/serving/inference-plan.ts";
import { poolDevices, type SharedPool } from "../components/planning/sharing.ts";
import { profileProblems, type SharedPoolPlan } from "../components/planning/sharing-problems.ts";
import { poolSlices } from "../components/planning/slices.ts";
import type { TopologyDomain, TopologyShape } from "../components/planning/topology.ts";
import type { QueueingPlan } from "../components/scheduling/backend.ts";
import { clusterQueueName } from "../components/scheduling/cluster-queue.ts";
import { readySeconds, recoverySeconds } from "../components/scheduling/queueing.ts";
import { queueingSection } from "../components/scheduling/queueing-config.ts";
import { queueingProblems } from "../components/scheduling/queueing-rules.ts";
import { projectProblems } from "../components/tenancy/team-projects.ts";
import { chartlessProblems, controllerProblems } from "../components/training/training-controllers.ts";
import { inferenceServerEntry, jobEntry, notebookEntry, teamEntry, trainingEntry } from "./entries.ts";
import { environmentRules, roomOf } from "./environments.ts";
import { askedServers, inferenceServerProblems } from "./inference-rules.ts";
import { jobProblems } from "./job-rules.ts";
import { modelEntry } from "./model-entry.ts";
import { askedModel, modelEntryProblems } from "./model-rules.ts";
import { notebookEntryProblems, notebookNameProblems } from "./notebook-rules.ts";

/** Every problem between entries; malformed entries are left to the schema and count as unknown. */
export function stackProblems(stack: unknown): Problem[] {
  const parts = readParts(stack);
  return [
    ...repeatedNames(parts),
    ...parts.problems,
    ...teamProblems(parts),
    ...parts.pools.flatMap(({ path, sharing }) =>
      schedulerProblems([...path, "sharing"], sharing, parts.abilities.schedulers),
    ),
    ...parts.teams.flatMap(({ path, projects }) =>
      projectProblems([...path, "projects"], projects, parts.settings.backend),
    ),
    ...(parts.hasStore ? [] : parts.teams.flatMap(missingStore)),
    ...queueingProblems(queueingPlan(parts)),
    ...(field(stack, "nodeHealth") === undefined
      ? []
      : nodeHealthProblems(["nodeHealth"], parts.settings.backend)),
    ...controllerProblems(["training", "controllers"], parts.controllers ?? []),
    ...chartlessProblems(["training", "controllers"], parts.controllers ?? [], parts.abilities.charts),
    ...parts.jobs.flatMap((job) =>
      jobProblems(job, {
        ...parts,
        ...parts.settings,
        remotePools: parts.settings.multiKueue?.pools ?? [],
        readySeconds: readySeconds(parts.settings),
        storeTeams: parts.teams.filter(({ objectStore }) => objectStore).map(({ name }) => name),
        teams: parts.teams.map(({ name }) => name),
        projects: Object.fromEntries(
          parts.teams.map(({ name, projects }) => [name, projects.map((project) => project.name)]),
        ),
      }),
    ),
    ...modelEntryProblems([...parts.models.map(askedModel), ...askedServers(parts.servers)], {
      ...parts,
      teams: parts.teams.map(({ name }) => name),
    }),
    ...inferenceServerProblems(parts.servers, {
      ...parts,
      backend: parts.settings.backend,
      wait: {
        readySeconds: readySeconds(parts.settings),
        recoverySeconds: recoverySeconds(parts.settings),
      },
    }),
    ...remotePlaces(parts),
    ...notebookNameProblems(parts.names),
    ...parts.notebooks.flatMap((notebook) =>
      notebookEntryProblems(notebook, {
        ...parts,
        backend: parts.settings.backend,
        teams: parts.teams.map(({ name }) => name),
      }),
    ),
  ];
}

/** Notebooks and servers in pools whose jobs go to another cluster. */
function remotePlaces({ notebooks, servers, settings }: Parts): Problem[] {
  const remote = settings.multiKueue?.pools ?? [];
  const placed = [
    ...notebooks.map(({ path, pool }) => ({ path, pool, noun: "a notebook" })),
    ...servers.map(({ path, pool }) => ({ path, pool, noun: "a server" })),
  ];
  return placed.flatMap(({ path, pool, noun }) =>
    pool !== undefined && remote.includes(pool) ? remotePoolProblems(path, noun, pool) : [],
  );
}

function queueingPlan(parts: Parts): QueueingPlan {
  return {
    path: ["queueing"],
    settings: parts.settings,
    pools: parts.pools,
    poolNames: parts.names.pools,
    quotas: parts.quotas,
    lendersKnown: lendersKnown(parts),
    abilities: parts.abilities,
  };
}

/** What a malformed or misplaced team would lend is not known, and nothing is refused for want of it. */
function lendersKnown({ teams, teamsComplete, names }: Parts): boolean {
  return teamsComplete && teams.every((team) => names.cohorts.includes(team.cohort));
}

type Entry<Schema extends z.ZodType> = z.output<Schema> & { readonly path: Path };

interface Parts {
  readonly abilities: ClusterAbilities;
  /** A malformed section counts as one that says nothing. */
  readonly settings: QueueingPlan["settings"];
  readonly pools: readonly (PoolPlan &
    SharedPoolPlan &
    SharedPool & { readonly domains: readonly TopologyDomain[] })[];
  /** Of the environment's own sections. */
  readonly problems: readonly Problem[];
  /** Whether it names a store, or makes one. */
  readonly hasStore: boolean;
  readonly teams: readonly Entry<typeof teamEntry>[];
  readonly teamsComplete: boolean;
  readonly quotas: readonly QuotaPlan[];
  readonly jobs: readonly Entry<typeof jobEntry>[];
  readonly notebooks: readonly Entry<typeof notebookEntry>[];
  readonly models: readonly Entry<typeof modelEntry>[];
  readonly servers: readonly Entry<typeof inferenceServerEntry>[];
  readonly inferencePlace: InferencePlace;
  readonly controllers: readonly ControllerName[] | undefined;
  readonly shape: TopologyShape | undefined;
  /** All names that are written, also those of malformed entries. */
  readonly names: {
    readonly pools: string[];
    readonly teams: string[];
    readonly cohorts: string[];
    readonly jobs: string[];
    readonly notebooks: string[];
    readonly models: string[];
    readonly servers: string[];
  };
}

const unknownPlace: InferencePlace = { hasRuntime: false };

function readParts(stack: unknown): Parts {
  const teams = wellFormed(stack, "teams", teamEntry);
  const cohorts = listAt(field(stack, "queueing"), "cohorts");
  const settings = queueingSection.safeParse(field(stack, "queueing"));
  const unsaid = queueingSection.parse({ cohorts: ["none"] });
  const rules = environmentRules(field(stack, "environment"));
  const { pool, abilities, domains, hasTopology, problems, hasStore, inferencePlace } = rules;
  return {
    abilities: abilities(stack),
    problems: problems(stack),
    hasStore: field(stack, "objectStore") !== undefined || hasStore?.(stack) === true,
    settings: { ...(settings.data ?? unsaid), cohorts: cohorts.map(String) },
    pools: wellFormed(stack, "pools", pool).map((pool) => ({
      ...pool,
      mode: pool.sharing.mode,
      devices: poolDevices(pool),
      slices: poolSlices(pool),
      domains: domains(stack, pool),
    })),
    teams,
    teamsComplete: teams.length === listAt(stack, "teams").length,
    quotas: teams.flatMap(teamQuotas),
    jobs: wellFormed(stack, "jobs", jobEntry),
    notebooks: wellFormed(stack, "notebooks", notebookEntry),
    models: wellFormed(stack, "models", modelEntry),
    servers: wellFormed(stack, "inferenceServers", inferenceServerEntry),
    inferencePlace: inferencePlace?.(stack) ?? unknownPlace,
    controllers: trainingEntry.safeParse(field(stack, "training") ?? {}).data?.controllers,
    shape: hasTopology ? roomOf(stack) : undefined,
    names: {
      pools: namesAt(stack, "pools"),
      teams: namesAt(stack, "teams"),
      cohorts: cohorts.map(String),
      jobs: namesAt(stack, "jobs"),
      notebooks: namesAt(stack, "notebooks"),
      models: namesAt(stack, "models"),
      servers: namesAt(stack, "inferenceServers"),
    },
  };
}

function teamQuotas(team: Entry<typeof teamEntry>): QuotaPlan[] {
  return team.quotas.map((quota, index) => ({
    ...quota,
    path: [...team.path, "quotas", index],
    team: team.name,
    cohort: team.cohort,
  }));
}

function repeatedNames({ names, quotas }: Parts): Problem[] {
  const lists: [Path, string, string[]][] = [
    [["pools"], "name", names.pools],
    [["teams"], "name", names.teams],
    [["jobs"], "name", names.jobs],
  ];
  const queueNames = quotas.map(clusterQueueName);
  return [
    ...lists.flatMap(([path, key, list]) =>
      list.flatMap((_, index) => repeatedName([...path, index, key], index, list)),
    ),
    ...names.cohorts.flatMap((_, index) =>
      repeatedName(["queueing", "cohorts", index], index, names.cohorts),
    ),
    ...quotas.flatMap((quota, index) => repeatedQueue(quota, index, queueNames, quotas)),
  ];
}

/**
 * The same pool twice in a team, unless for two MIG profiles, or team and pool names that run together into
 * the same queue name.
 */
function repeatedQueue(
  quota: QuotaPlan,
  index: number,
  queueNames: readonly string[],
  quotas: readonly QuotaPlan[],
): Problem[] {
  const earlier = quotas.slice(0, index).filter((_, other) => queueNames[other] === queueNames[index]);
  const isSameQueue = (other: QuotaPlan) => other.team === quota.team && other.pool === quota.pool;
  const first = earlier.find((other) => !isSameQueue(other) || other.profile === quota.profile);
  if (first === undefined) return [];
  return [
    {
      path: [...quota.path, "pool"],
      given: `"${quota.pool}", which makes the queue ${queueNames[index]}`,
      allowed: `a queue name that team ${first.team} does not already have in pool ${first.pool}`,
      remedy: "give a team one quota per pool, and rename teams or pools whose names run together",
    },
  ];
}

const reservedNamespaces = /^(default|kube-.*|.*-system)$/;

function teamProblems({ teams, pools, quotas, names }: Parts): Problem[] {
  const reserved = teams.filter((team) => reservedNamespaces.test(team.name));
  return [
    ...reserved.map((team) => ({
      path: [...team.path, "name"],
      given: JSON.stringify(team.name),
      allowed: "a namespace that is not the cluster's: not default, kube-* or *-system",
      remedy: "rename the team",
    })),
    ...teams.flatMap((team) => unknownName([...team.path, "cohort"], team.cohort, names.cohorts)),
    ...quotas.flatMap((quota) => unknownName([...quota.path, "pool"], quota.pool, names.pools)),
    ...quotas.flatMap((quota) => {
      const pool = pools.find(({ name }) => name === quota.pool);
      return pool ? profileProblems(quota.path, quota.profile, pool) : [];
    }),
  ];
}

/** A team that is let into a store that the stack does not have. */
function missingStore({ path, objectStore }: Entry<typeof teamEntry>): Problem[] {
  if (!objectStore) return [];
  return [
    {
      path: [...path, "objectStore"],
      given: "true",
      allowed: "false in a stack without objectStore",
      remedy: "add the section objectStore to the stack, or leave it out here",
    },
  ];
}

function wellFormed<Schema extends z.ZodType>(stack: unknown, key: string, schema: Schema): Entry<Schema>[] {
  return listAt(stack, key).flatMap((raw, index) => {
    const parsed = schema.safeParse(raw);
    return parsed.success ? [{ ...(parsed.data as object), path: [key, index] } as Entry<Schema>] : [];
  });
}

function namesAt(stack: unknown, key: string): string[] {
  // A nameless entry keeps its place under a name that nothing else can have.
  return listAt(stack, key).map((entry, index) => String(field(entry, "name") ?? `#${index}`));
}

function listAt(value: unknown, key: string): unknown[] {
  const list = field(value, key);
  return Array.isArray(list) ? list : [];
}

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
