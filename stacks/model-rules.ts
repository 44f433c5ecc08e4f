/** Rules about the models of a stack file: what they refer to exists, and what they need is there. */
import type { CloudMachineId } from "../components/catalogue/cloud-machine.ts";
import { machineFor } from "../components/catalogue/hardware.ts";
import type { Path, Problem } from "../components/planning/problem.ts";
import type { QuotaPlan } from "../components/planning/quota.ts";
import { repeatedName, unknownName } from "../components/planning/reference.ts";
import { type ModelVerdict, modelVerdict } from "../components/planning/serving/model-problems.ts";
import {
  profileQuotaProblems,
  type QueueDemand,
  rolloutProblems,
} from "../components/planning/serving/queue-room.ts";
import type { SharedPool } from "../components/planning/sharing.ts";
import { sum } from "../components/planning/sum.ts";
import { type ModelEntry, modelRequest } from "./model-entry.ts";

/** What the rest of the stack offers a model. */
export interface ModelRoom {
  readonly pools: readonly (SharedPool & { readonly name: string; readonly machine?: CloudMachineId })[];
  readonly quotas: readonly QuotaPlan[];
  /** Teams that are well-formed. */
  readonly teams: readonly string[];
  /** All names that are written, also those of malformed entries. */
  readonly names: {
    readonly pools: readonly string[];
    readonly teams: readonly string[];
    readonly models: readonly string[];
  };
}

/** What asks for accelerators to serve a model: a planned one, or a server. */
export interface AskedModel {
  readonly path: Path;
  readonly team: string;
  readonly pool: string;
  readonly profile?: string | undefined;
  readonly read: ReturnType<typeof modelRequest>;
}

export function askedModel(entry: ModelEntry & { readonly path: Path }): AskedModel {
  const { path, team, pool, profile } = entry;
  return { path, team, pool, profile, read: modelRequest(entry, path) };
}

/** Of all models together: each by itself, and those of one team in one pool against what it owns. */
export function modelEntryProblems(models: readonly AskedModel[], room: ModelRoom): Problem[] {
  const judged = models.map((model) => judge(model, room));
  return [
    ...room.names.models.flatMap((_, index) =>
      repeatedName(["models", index, "name"], index, room.names.models),
    ),
    ...judged.flatMap(({ problems }) => problems),
    ...crowdProblems(judged, room),
  ];
}

interface Asks extends QueueDemand {
  readonly quota: QuotaPlan;
}

interface Judged {
  readonly problems: readonly Problem[];
  /** Of a model that nothing is wrong with by itself. */
  readonly asks?: Asks;
}

function judge(model: AskedModel, room: ModelRoom): Judged {
  const { path, team } = model;
  const { request, problems: misread } = model.read;
  const found = room.pools.find(({ name }) => name === model.pool);
  const pool = found && { ...found, machine: found.machine ?? simulatedMachine(found) };
  const own = room.quotas.filter((quota) => quota.team === team);
  const here = own.filter((quota) => quota.pool === model.pool);
  const quota = here.find((candidate) => candidate.profile === model.profile);
  const unknown = [
    ...unknownName([...path, "team"], team, room.names.teams),
    ...unknownName([...path, "pool"], model.pool, room.names.pools),
  ];
  const isHomeless = unknown.length === 0 && room.teams.includes(team) && here.length === 0;
  const verdict: ModelVerdict = request && pool ? modelVerdict(request, pool, quota) : { problems: [] };
  const problems = [
    ...unknown,
    ...(isHomeless ? [missingQuota(model, own)] : []),
    ...misread,
    ...verdict.problems,
    ...(request && pool && here.length > 0 ? profileQuotaProblems(request, pool, here) : []),
  ];
  if (problems.length > 0 || !request || !quota || !verdict.row) return { problems };
  const { accelerators, surge } = verdict.row;
  return { problems, asks: { request, quota, accelerators, surge } };
}

/** Simulated nodes have the network of the machine that they are modelled on. */
function simulatedMachine(pool: SharedPool): CloudMachineId | undefined {
  return machineFor(pool.accelerator, pool.acceleratorsPerNode)?.name as CloudMachineId | undefined;
}

function missingQuota({ path, team, pool }: AskedModel, own: readonly QuotaPlan[]): Problem {
  const known = [...new Set(own.map((quota) => quota.pool))].join(", ");
  return {
    path: [...path, "pool"],
    given: JSON.stringify(pool),
    allowed: `a pool where team ${team} has a quota: ${known}`,
    remedy: `give team ${team} a quota in pool ${pool}, or serve the model in one of these`,
  };
}

/** Each model has room alone, but all of a team together have not. */
function crowdProblems(judged: readonly Judged[], { quotas }: ModelRoom): Problem[] {
  return quotas.flatMap((quota) => {
    const own = judged.flatMap(({ asks }) => (asks?.quota === quota ? [asks] : []));
    const asked = sum(own.map(({ accelerators }) => accelerators));
    const last = own.at(-1);
    if (!last) return [];
    if (asked <= quota.accelerators) return rolloutProblems(own, quota);
    const each = own.map(({ request, accelerators }) => `${request.name} ${accelerators}`).join(", ");
    return [
      {
        path: [...last.request.path, "pool"],
        given: `${asked} in pool ${quota.pool}: ${each}`,
        allowed: `${quota.accelerators}, what team ${quota.team} owns there`,
        remedy: `raise the quota by ${asked - quota.accelerators}, or serve one of them elsewhere`,
      },
    ];
  });
}
