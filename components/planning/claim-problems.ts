/** DRA pools that there cannot be, and claims that their pools and queues cannot fulfil. */
import { migGeometries, migGeometry } from "../catalogue/mig-profiles.ts";
import { countedShares, type IsolationKind } from "../catalogue/sharing-modes.ts";
import { type ClaimedPool, type ClaimRequest, type PodClaim, podClaim } from "./claims.ts";
import { count, type Path, type Problem } from "./problem.ts";
import { type QuotaPlan, quotaCeiling } from "./quota.ts";
import { claimableMemoryMiB } from "./sharing.ts";

const known = ["mode", "devices", "schedulerProfile"];

/** Why a field of another mode must not stand under mode dra, by its name. */
const foreign: Readonly<Record<string, Pick<Problem, "allowed" | "remedy">>> = {
  // A driver that makes partitions refuses to start where it finds some that it did not make (F38).
  layouts: {
    allowed: "nothing: under mode dra the driver alone owns the partitions, and makes them for claims",
    remedy: "leave layouts out and set devices: partitions, or set mode: mig",
  },
  replicas: {
    allowed: "nothing: replicas are the device plugin's, which never runs beside the DRA driver",
    remedy: "leave replicas out and set devices: shares, or set mode: time-slicing or mps",
  },
  rename: {
    allowed: "nothing: claims name a device class, not an extended resource of the device plugin",
    remedy: "leave rename out, or set mode: time-slicing or mps",
  },
};

/** Fields under mode dra that are another mode's, or nobody's. */
export function foreignFieldProblems(sharing: Readonly<Record<string, unknown>>): Problem[] {
  return Object.keys(sharing)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      path: [key],
      given: key in foreign ? JSON.stringify(sharing[key]) : `an unknown field, ${key}`,
      ...(foreign[key] ?? { allowed: `only ${known.join(", ")}`, remedy: "remove it" }),
    }));
}

/** Partitions of GPUs that have no MIG. */
export function claimedPoolProblems({ sharing, accelerator }: ClaimedPool, path: Path): Problem[] {
  if (sharing.devices !== "partitions" || migGeometry(accelerator) !== undefined) return [];
  return [
    {
      path: [...path, "devices"],
      given: `"partitions" for ${accelerator}`,
      allowed: `an accelerator that has MIG: ${Object.keys(migGeometries).join(", ")}`,
      remedy: "choose one of these, or devices: whole or shares",
    },
  ];
}

/** A plain gang in a DRA pool. */
export interface ClaimingGang extends ClaimRequest {
  readonly path: Path;
  readonly nodes: number;
  readonly isolation: readonly IsolationKind[];
  readonly topology?: unknown;
  readonly elastic?: boolean;
}

/** All that keeps the gang from ever running there; `quota` is that of its team, where it has one. */
export function claimProblems(
  gang: ClaimingGang,
  pool: ClaimedPool & { readonly name: string },
  quota: QuotaPlan | undefined,
): Problem[] {
  const claim = podClaim(pool, gang);
  const own = { whole: wholeProblems, partitions: partitionProblems, shares: shareProblems };
  return [
    ...own[pool.sharing.devices](gang, pool),
    ...(pool.sharing.devices === "whole" ? [] : severalProblems(gang, pool)),
    ...topologyProblems(gang, pool),
    ...elasticProblems(gang, pool),
    ...(claim ? [...roomProblems(gang, claim, pool), ...quotaProblems(gang, claim, pool, quota)] : []),
  ];
}

function wholeProblems(gang: ClaimingGang, pool: ClaimedPool & { readonly name: string }): Problem[] {
  const problems = profileRefused(gang, pool.name);
  const most = claimableMemoryMiB(pool.accelerator, "whole");
  if ((gang.gpuMemoryGiB ?? 0) * 1024 > most)
    problems.push(tooMuchMemory(gang, most, "an accelerator", pool));
  if (gang.acceleratorsPerNode > pool.acceleratorsPerNode) {
    problems.push({
      path: [...gang.path, "acceleratorsPerNode"],
      given: String(gang.acceleratorsPerNode),
      allowed: `1 to ${pool.acceleratorsPerNode}, the accelerators of a node of pool ${pool.name}`,
      remedy: `ask for ${pool.acceleratorsPerNode} per node and more nodes, or choose another pool`,
    });
  }
  return problems;
}

function partitionProblems(gang: ClaimingGang, pool: ClaimedPool & { readonly name: string }): Problem[] {
  const profiles = migGeometry(pool.accelerator)?.profiles ?? {};
  const profile = profiles[gang.profile ?? ""];
  if (profile === undefined) {
    return [
      {
        path: [...gang.path, "profile"],
        given: gang.profile === undefined ? "nothing" : JSON.stringify(gang.profile),
        allowed: `one of ${Object.keys(profiles).join(", ")}: the MIG profiles of ${pool.accelerator}`,
        remedy: "name the profile of the partition that each pod shall have",
      },
    ];
  }
  if ((gang.gpuMemoryGiB ?? 0) * 1024 <= profile.memoryMiB) return [];
  return [tooMuchMemory(gang, profile.memoryMiB, `a partition ${gang.profile}`, pool)];
}

/** The scheduler counts the parts, but nothing keeps a pod to its own. */
function shareProblems(gang: ClaimingGang, pool: ClaimedPool & { readonly name: string }): Problem[] {
  const most = claimableMemoryMiB(pool.accelerator, "shares");
  const problems = profileRefused(gang, pool.name);
  if (gang.gpuMemoryGiB === undefined) {
    problems.push({
      path: [...gang.path, "gpuMemoryGiB"],
      given: "nothing",
      allowed: `at most ${inGiB(most)}, the memory of an accelerator of pool ${pool.name}`,
      remedy: "add how much of an accelerator's memory each pod takes",
    });
  } else if (gang.gpuMemoryGiB * 1024 > most) {
    problems.push(tooMuchMemory(gang, most, "an accelerator", pool));
  }
  const missing = gang.isolation.filter((kind) => !countedShares[kind]);
  if (missing.length > 0) {
    problems.push({
      path: [...gang.path, "isolation"],
      given: missing.join(", "),
      allowed: `nothing: shares of pool ${pool.name} are counted, but nobody is kept to them`,
      remedy: "choose a pool with devices: partitions or whole, or drop what the job can do without",
    });
  }
  return problems;
}

function profileRefused({ profile, path }: ClaimingGang, poolName: string): Problem[] {
  if (profile === undefined) return [];
  return [
    {
      path: [...path, "profile"],
      given: JSON.stringify(profile),
      allowed: `nothing: pool ${poolName} is not partitioned`,
      remedy: "leave profile out, or give the pool devices: partitions",
    },
  ];
}

function tooMuchMemory(
  gang: ClaimingGang,
  most: number,
  of: string,
  pool: { readonly name: string },
): Problem {
  return {
    path: [...gang.path, "gpuMemoryGiB"],
    given: String(gang.gpuMemoryGiB),
    allowed: `at most ${inGiB(most)}, the memory of ${of} of pool ${pool.name}`,
    remedy: "choose a pool or a profile with more memory, or spread the model over more pods",
  };
}

/** A process uses one MIG device, and two shares of one accelerator are one larger share. */
function severalProblems({ path, acceleratorsPerNode }: ClaimingGang, pool: ClaimedPool): Problem[] {
  if (acceleratorsPerNode === 1) return [];
  return [
    {
      path: [...path, "acceleratorsPerNode"],
      given: `${acceleratorsPerNode} ${pool.sharing.devices} in one pod`,
      allowed: "1: a process uses one partition or one share",
      remedy: "ask for 1 per pod and for more pods by nodes, or choose a pool with devices: whole",
    },
  ];
}

/** Kueue 0.19 places gangs by what nodes say they have, and claims are not in that. */
function topologyProblems({ path, topology }: ClaimingGang, pool: { readonly name: string }): Problem[] {
  if (topology === undefined) return [];
  return [
    {
      path: [...path, "topology"],
      given: "a network domain",
      allowed: `nothing: the queue cannot see what claims leave free on the nodes of pool ${pool.name}`,
      remedy: "leave topology out, or run the job in a pool that is not of mode dra",
    },
  ];
}

/** Kueue counts a job that grows as two workloads for a while; with claims, nobody has shown that it does. */
function elasticProblems({ path, elastic }: ClaimingGang, pool: { readonly name: string }): Problem[] {
  if (!elastic) return [];
  return [
    {
      path: [...path, "elastic"],
      given: "true",
      allowed: `false in pool ${pool.name}, which is of mode dra`,
      remedy: "leave elastic out",
    },
  ];
}

/** More pods than the pool has devices of this kind, were it empty (F40). */
function roomProblems(
  { path, nodes }: ClaimingGang,
  claim: PodClaim,
  pool: ClaimedPool & { readonly name: string },
): Problem[] {
  const perNode = Math.floor((pool.acceleratorsPerNode * claim.perAccelerator) / claim.count);
  const most = pool.nodes * perNode;
  if (nodes <= most || perNode === 0) return [];
  const missing = count(Math.ceil((nodes - most) / perNode), "node");
  return [
    {
      path: [...path, "nodes"],
      given: String(nodes),
      allowed: `1 to ${most}, the pods with such a claim that fit pool ${pool.name} at once`,
      remedy: `lower nodes to ${most}, or add ${missing} to pool ${pool.name}`,
    },
  ];
}

/** Claims larger than everything their queue could ever hold: the job would wait for ever. */
function quotaProblems(
  { path, nodes }: ClaimingGang,
  claim: PodClaim,
  pool: ClaimedPool,
  quota: QuotaPlan | undefined,
): Problem[] {
  if (quota === undefined) return [];
  const each = claim.quotaMiB === undefined ? 1 : claimableMemoryMiB(pool.accelerator, pool.sharing.devices);
  const wanted = nodes * claim.count * (claim.quotaMiB ?? 1);
  const missing = Math.ceil((wanted - quotaCeiling(quota) * each) / each);
  if (missing <= 0) return [];
  const written = (amount: number) =>
    claim.quotaMiB === undefined ? String(amount) : `${inGiB(amount)} GiB`;
  const own = `${quota.accelerators} own and ${quota.borrowingLimit} borrowed accelerators`;
  const most = written(quotaCeiling(quota) * each);
  return [
    {
      path: [...path, "nodes"],
      given: `${written(wanted)} in all (${count(nodes, "pod")} of ${written(wanted / nodes)})`,
      allowed: `at most ${most} for team ${quota.team} in pool ${quota.pool} (${own})`,
      remedy: `make the job smaller, or raise the team's accelerators or borrowingLimit by ${missing}`,
    },
  ];
}

function inGiB(memoryMiB: number): number {
  return Math.floor((memoryMiB / 1024) * 100) / 100;
}
