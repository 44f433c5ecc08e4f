/** What a pod of a DRA pool claims, and how much of its node and of its team's quota goes with it. */
import { computeSlicesPerGpu, migGeometry } from "../catalogue/mig-profiles.ts";
import { type NodeSize, podShare, type Resources } from "./node-size.ts";
import { type Claimed, claimableMemoryMiB, type SharedPool } from "./sharing.ts";

export interface ClaimedPool extends SharedPool {
  readonly sharing: Claimed;
}

/** What a job says of the devices of each of its pods. */
export interface ClaimRequest {
  readonly acceleratorsPerNode: number;
  readonly profile?: string | undefined;
  readonly gpuMemoryGiB?: number | undefined;
}

/** The claim of one pod. */
export interface PodClaim {
  readonly count: number;
  /** MIG profile of each device, where these are partitions. */
  readonly profile?: string;
  /** Memory that it takes of an accelerator that it shares. */
  readonly memoryMiB?: number;
  /** What queues count each device as, where they count memory. */
  readonly quotaMiB?: number;
  /** The most such devices of one accelerator, if nothing else takes of it. */
  readonly perAccelerator: number;
  /** Part of an accelerator that decides how much CPU and memory of the node goes with a device. */
  readonly part: number;
}

export function isClaimed<Pool extends SharedPool>(pool: Pool): pool is Pool & ClaimedPool {
  return pool.sharing.mode === "dra";
}

/** Whether pods of the pool claim parts of accelerators. */
export function claimsParts({ sharing }: SharedPool): boolean {
  return sharing.mode === "dra" && sharing.devices !== "whole";
}

/** The claim of a pod, or undefined where the pool has no such device. */
export function podClaim(pool: ClaimedPool, request: ClaimRequest): PodClaim | undefined {
  const { devices } = pool.sharing;
  const count = request.acceleratorsPerNode;
  if (devices === "whole") return { count, perAccelerator: 1, part: 1 };
  if (devices === "shares") return shareClaim(pool, count, request.gpuMemoryGiB);
  const profile = migGeometry(pool.accelerator)?.profiles[request.profile ?? ""];
  if (request.profile === undefined || profile === undefined) return undefined;
  return {
    count,
    profile: request.profile,
    quotaMiB: profile.memoryMiB,
    perAccelerator: profile.maxInstances,
    part: profile.computeSlices / computeSlicesPerGpu,
  };
}

function shareClaim(pool: ClaimedPool, count: number, memoryGiB: number | undefined): PodClaim | undefined {
  if (memoryGiB === undefined) return undefined;
  const memoryMiB = Math.ceil(memoryGiB * 1024);
  const total = claimableMemoryMiB(pool.accelerator, "shares");
  const perAccelerator = Math.floor(total / memoryMiB);
  return { count, memoryMiB, quotaMiB: memoryMiB, perAccelerator, part: memoryMiB / total };
}

/** CPU and memory of a pod with this claim: its part of what its accelerators have of the node. */
export function claimShare(node: NodeSize, claim: PodClaim): Resources {
  const share = podShare({ ...node, accelerators: node.accelerators / claim.part }, claim.count);
  return { ...share, accelerators: claim.count };
}
