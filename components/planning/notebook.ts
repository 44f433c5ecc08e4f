/** Whether a notebook can ever run in its pool and its queue, and what it must not say. */
import { devicePodShare, type NodeSize } from "./node-size.ts";
import type { Path, Problem } from "./problem.ts";
import { type QuotaPlan, quotaCeiling } from "./quota.ts";
import { ofProfile, type PoolDevice } from "./sharing.ts";
import { requestProblems, type SharedPoolPlan } from "./sharing-problems.ts";

export interface NotebookPlan {
  readonly path: Path;
  readonly accelerators: number;
  readonly profile?: string;
  readonly gpuMemoryGiB?: number;
  readonly cpuCores?: number;
  readonly memoryGiB?: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface NotebookPool extends SharedPoolPlan {
  /** Allocatable of one node. */
  readonly node: Pick<NodeSize, "cpuMillis" | "memoryMiB">;
}

/** Variables that decide who sees which device and who gets in; each with its owner. */
const ownedVariables: Readonly<Record<string, string>> = {
  NVIDIA_VISIBLE_DEVICES: "the device plugin",
  JUPYTER_TOKEN: "the Secret of the notebook",
};

/** Problems that show without pool and queue. */
export function notebookProblems(notebook: NotebookPlan): Problem[] {
  const { path, accelerators, environment } = notebook;
  const misplaced =
    accelerators === 0 ? (["profile", "gpuMemoryGiB"] as const) : (["cpuCores", "memoryGiB"] as const);
  return [
    ...Object.keys(ownedVariables)
      .filter((name) => name in environment)
      .map((name) => ({
        path: [...path, "environment", name],
        given: "a value",
        allowed: `nothing: ${ownedVariables[name]} sets it`,
        remedy: "remove it",
      })),
    ...misplaced
      .filter((field) => notebook[field] !== undefined)
      .map((field) => ({
        path: [...path, field],
        given: JSON.stringify(notebook[field]),
        allowed:
          accelerators === 0
            ? "nothing in a notebook without accelerators"
            : "nothing beside accelerators, which CPU and memory follow",
        remedy: accelerators === 0 ? "remove it, or ask for accelerators" : "remove it",
      })),
  ];
}

/** Pods of a StatefulSet wait in Kueue's queues only; elsewhere they would be in nobody's quota. */
export function notebookBackendProblems({ path }: Pick<NotebookPlan, "path">, backend: string): Problem[] {
  if (backend === "kueue") return [];
  return [
    {
      path,
      given: "a notebook",
      allowed: `none with backend "${backend}", which would count it in nobody's quota`,
      remedy: 'remove it, or use backend "kueue"',
    },
  ];
}

/** Requests that no node of the pool can hold, or not safely (F40, F03). */
export function notebookPlacementProblems(notebook: NotebookPlan, pool: NotebookPool): Problem[] {
  if (notebook.accelerators === 0) return sizeProblems(notebook, pool);
  if (pool.mode === "dra") return [claimProblem(notebook, pool)];
  const request = { ...notebook, acceleratorsPerNode: 1, isolation: [] };
  const device = ofProfile(pool.devices, notebook.profile);
  return [...requestProblems(request, pool), ...(device ? countProblems(notebook, pool, device) : [])];
}

/** The pod of a notebook requests what a device plugin gives, and there is none. */
function claimProblem({ path, accelerators }: NotebookPlan, pool: NotebookPool): Problem {
  return {
    path: [...path, "accelerators"],
    given: String(accelerators),
    allowed: `0 in pool ${pool.name}, whose devices are claimed: notebooks bring no claims`,
    remedy: "lower it to 0, or choose a pool that is not of mode dra",
  };
}

function countProblems(notebook: NotebookPlan, pool: NotebookPool, device: PoolDevice): Problem[] {
  const isShared = pool.mode !== "dedicated";
  const most = isShared ? 1 : device.perNode;
  if (notebook.accelerators <= most) return [];
  return [
    {
      path: [...notebook.path, "accelerators"],
      given: String(notebook.accelerators),
      allowed: isShared
        ? `0 or 1 in pool ${pool.name}: a process uses one of the ${device.noun}`
        : `0 to ${most}, the ${device.noun} of a node of pool ${pool.name}`,
      remedy: `lower it to ${most}, or choose another pool`,
    },
  ];
}

/** Without accelerators a notebook may take as much as goes with one: every node and every queue has that. */
function sizeProblems(notebook: NotebookPlan, pool: NotebookPool): Problem[] {
  const [device] = pool.devices;
  if (device === undefined) return [];
  const share = devicePodShare({ ...pool.node, accelerators: 0 }, device, 1);
  const limits = {
    cpuCores: Math.floor(share.cpuMillis / 1000),
    memoryGiB: Math.floor(share.memoryMiB / 1024),
  };
  const { cpuCores, memoryGiB } = notebookSize(notebook);
  return Object.entries({ cpuCores, memoryGiB }).flatMap(([field, given]) => {
    const limit = limits[field as keyof typeof limits];
    if (given <= limit) return [];
    return [
      {
        path: [...notebook.path, field],
        given: String(given),
        allowed: `1 to ${limit}, what goes with one of the ${device.noun} of pool ${pool.name}`,
        remedy: `lower it to ${limit}, or ask for accelerators`,
      },
    ];
  });
}

/** Size of a notebook without accelerators. */
export function notebookSize({ cpuCores = 2, memoryGiB = 8 }: Pick<NotebookPlan, "cpuCores" | "memoryGiB">) {
  return { cpuCores, memoryGiB };
}

/** Why the team's queue in the pool would never admit it: too large, or of a kind that it has none of. */
export function notebookQuotaProblems(notebook: NotebookPlan, quotas: readonly QuotaPlan[]): Problem[] {
  const { accelerators, profile, path } = notebook;
  if (accelerators === 0) return quotas.some((quota) => quotaCeiling(quota) > 0) ? [] : [nothing(notebook)];
  const quota = ofProfile(quotas, profile);
  if (quota === undefined) return [missingProfile(notebook, quotas)];
  const ceiling = quotaCeiling(quota);
  if (accelerators <= ceiling) return [];
  const own = `${quota.accelerators} own and ${quota.borrowingLimit} borrowed`;
  return [
    {
      path: [...path, "accelerators"],
      given: String(accelerators),
      allowed: `at most ${ceiling} for team ${quota.team} in pool ${quota.pool} (${own})`,
      remedy: `ask for fewer, or raise its accelerators or borrowingLimit by ${accelerators - ceiling}`,
    },
  ];
}

/** CPU and memory of a queue follow its accelerators. */
function nothing({ path }: NotebookPlan): Problem {
  return {
    path: [...path, "accelerators"],
    given: "0, in a pool where the team's quota is 0",
    allowed: "a quota of at least 1 there, whose CPU and memory it uses",
    remedy: "raise the quota's accelerators or borrowingLimit, or choose another pool",
  };
}

function missingProfile({ path, profile }: NotebookPlan, quotas: readonly QuotaPlan[]): Problem {
  const known = quotas.map((quota) => quota.profile ?? "whole accelerators").join(", ");
  return {
    path: [...path, "profile"],
    given: profile === undefined ? "nothing" : JSON.stringify(profile),
    allowed: `what the team has a quota of: ${known}`,
    remedy: "choose one of these, or give the team such a quota",
  };
}
