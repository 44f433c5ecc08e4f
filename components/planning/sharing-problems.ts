/** Sharing that a pool cannot have, and jobs and quotas that ask for what their pool does not give. */
import { accelerators } from "../catalogue/hardware.ts";
import { migGeometries, migGeometry } from "../catalogue/mig-profiles.ts";
import {
  type Isolation,
  type IsolationKind,
  isolationKinds,
  modeResources,
  type SharingMode,
  sharingModes,
} from "../catalogue/sharing-modes.ts";
import { claimedPoolProblems } from "./claim-problems.ts";
import { isClaimed } from "./claims.ts";
import { partitionProblems } from "./mig.ts";
import { count, type Path, type Problem } from "./problem.ts";
import { ofProfile, type PoolDevice, type SharedPool } from "./sharing.ts";
import type { PoolSlices } from "./slices.ts";
import { sum } from "./sum.ts";

/** Partitions without MIG or that do not fit, layouts of other nodes than there are, too many replicas. */
export function poolSharingProblems(pool: SharedPool, path: Path = ["sharing"]): Problem[] {
  const { sharing } = pool;
  if (!modeResources[sharing.mode].includes(accelerators[pool.accelerator].resourceName)) {
    return [undividedProblem(pool, path)];
  }
  if (isClaimed(pool)) return claimedPoolProblems(pool, path);
  if (sharing.mode !== "mig") return podProblems(pool, path);
  if (migGeometry(pool.accelerator) === undefined) {
    const capable = Object.keys(migGeometries).join(", ");
    return [
      {
        path: [...path, "mode"],
        given: `"mig" for ${pool.accelerator}`,
        allowed: `an accelerator that has MIG: ${capable}`,
        remedy: "choose one of these, or share by time-slicing or mps",
      },
    ];
  }
  return [
    ...sharing.layouts.flatMap(({ profiles }, index) =>
      partitionProblems([...path, "layouts", index, "profiles"], pool.accelerator, profiles),
    ),
    ...layoutNodeProblems(pool, path),
    ...partitionPodProblems(pool, path),
  ];
}

function undividedProblem({ accelerator, sharing }: SharedPool, path: Path): Problem {
  return {
    path: [...path, "mode"],
    given: `"${sharing.mode}" for ${accelerator}`,
    allowed: '"dedicated": its device plugin gives whole chips only',
    remedy: "leave sharing out",
  };
}

function layoutNodeProblems({ sharing, nodes }: SharedPool, path: Path): Problem[] {
  if (sharing.mode !== "mig") return [];
  const covered = sum(sharing.layouts.map((layout) => layout.nodes));
  if (covered === nodes) return [];
  return [
    {
      path: [...path, "layouts"],
      given: `layouts of ${count(covered, "node")}`,
      allowed: `layouts of ${count(nodes, "node")}, all nodes of the pool`,
      remedy: `make the nodes of the layouts add up to ${nodes}`,
    },
  ];
}

/** Replicas that no pod could ever use, for the kubelet takes no more pods. */
function podProblems({ sharing, acceleratorsPerNode, maxPods }: SharedPool, path: Path): Problem[] {
  if (!("replicas" in sharing) || maxPods === undefined) return [];
  const most = Math.floor(maxPods / acceleratorsPerNode);
  if (sharing.replicas <= most) return [];
  const total = sharing.replicas * acceleratorsPerNode;
  return [
    {
      path: [...path, "replicas"],
      given: `${sharing.replicas}, so ${total} on a node`,
      allowed: `2 to ${most}: a node of this pool takes at most ${maxPods} pods`,
      remedy: `lower replicas to ${most}`,
    },
  ];
}

/** Partitions that no pod could ever use, for the same reason. */
function partitionPodProblems(
  { sharing, acceleratorsPerNode, maxPods = Number.POSITIVE_INFINITY }: SharedPool,
  path: Path,
): Problem[] {
  if (sharing.mode !== "mig") return [];
  const most = Math.floor(maxPods / acceleratorsPerNode);
  return sharing.layouts.flatMap(({ profiles }, index) => {
    const instances = sum(Object.values(profiles));
    if (instances <= most) return [];
    return [
      {
        path: [...path, "layouts", index, "profiles"],
        given: `${instances} on a GPU, so ${instances * acceleratorsPerNode} on a node`,
        allowed: `at most ${most} on a GPU: a node of this pool takes at most ${maxPods} pods`,
        remedy: "make fewer and larger partitions, or choose a machine with fewer GPUs",
      },
    ];
  });
}

/** A pool as far as jobs and quotas need to know how it is shared. */
export interface SharedPoolPlan {
  readonly name: string;
  readonly mode: SharingMode;
  readonly devices: readonly PoolDevice[];
  /** Slices that it is made of, where it is. */
  readonly slices?: PoolSlices;
}

/** Kinds of jobs whose pods are told the hosts of their slice. */
const sliceKinds = ["gang", "jobset", "leaderworkerset"];

/** A profile where the pool has none, none where it has some, or one that no layout has. */
export function profileProblems(path: Path, profile: string | undefined, pool: SharedPoolPlan): Problem[] {
  if (ofProfile(pool.devices, profile)) return [];
  const own = [...path, "profile"];
  if (pool.mode !== "mig") {
    return [
      {
        path: own,
        given: JSON.stringify(profile),
        allowed:
          pool.mode === "dra"
            ? `nothing: quotas of pool ${pool.name} are whole accelerators, for claims of any kind`
            : `nothing: pool ${pool.name} is not partitioned`,
        remedy: `leave profile out, or partition the pool with sharing mode mig`,
      },
    ];
  }
  const known = pool.devices.map((device) => device.profile).join(", ");
  return [
    {
      path: own,
      given: profile === undefined ? "nothing" : JSON.stringify(profile),
      allowed: `one of ${known}: the MIG profiles of pool ${pool.name}`,
      remedy:
        profile === undefined
          ? "add the profile of the slices that are meant"
          : `choose one of these, or add a layout with ${profile} to pool ${pool.name}`,
    },
  ];
}

/** Whole accelerators wanted where there are only parts, or a slice that the kind is not told of. */
export function dedicatedProblems(path: Path, noun: string, pool: SharedPoolPlan): Problem[] {
  if (pool.slices && !sliceKinds.includes(noun)) return [sliceKindProblem(path, noun, pool.name)];
  if (pool.mode === "dedicated") return [];
  return [
    {
      path: [...path, "pool"],
      given: `"${pool.name}", whose accelerators are shared by ${pool.mode}`,
      allowed: `a pool of dedicated accelerators, for a ${noun}`,
      remedy: "choose such a pool, or run a plain gang, which may ask for parts",
    },
  ];
}

/** What a pod of a job asks of the accelerators that it shares. */
export interface DeviceRequest {
  readonly path: Path;
  readonly acceleratorsPerNode: number;
  readonly profile?: string;
  readonly isolation: readonly IsolationKind[];
  readonly gpuMemoryGiB?: number;
}

/** Requests that the pool's sharing cannot fulfil, or not safely. */
export function requestProblems(request: DeviceRequest, pool: SharedPoolPlan): Problem[] {
  const device = ofProfile(pool.devices, request.profile);
  return [
    ...profileProblems(request.path, request.profile, pool),
    ...(device ? [...severalProblems(request, pool, device), ...memoryProblems(request, pool, device)] : []),
    ...isolationProblems(request, pool),
  ];
}

/**
 * More than one device: CUDA uses one MIG device per process, and two replicas are no more than one (F32).
 * The device plugin refuses such pods, and an autoscaler finds no machine with so many accelerators (F36).
 */
function severalProblems(request: DeviceRequest, pool: SharedPoolPlan, device: PoolDevice): Problem[] {
  if (pool.mode === "dedicated" || request.acceleratorsPerNode === 1) return [];
  const reason =
    pool.mode === "mig"
      ? "a process uses one MIG slice"
      : "more replicas are no more of the accelerator, and are refused";
  return [
    {
      path: [...request.path, "acceleratorsPerNode"],
      given: `${request.acceleratorsPerNode} ${device.noun} in one pod`,
      allowed: `1: ${reason}`,
      remedy: "ask for 1 per pod and for more pods by nodes, or choose a dedicated pool",
    },
  ];
}

function isolationProblems(request: DeviceRequest, pool: SharedPoolPlan): Problem[] {
  const given: Isolation = sharingModes[pool.mode].isolation;
  const missing = request.isolation.filter((kind) => !given[kind]);
  if (missing.length === 0) return [];
  const kept = isolationKinds.filter((kind) => given[kind]).join(", ") || "nothing";
  return [
    {
      path: [...request.path, "isolation"],
      given: missing.join(", "),
      allowed: `${kept}: that is all that ${pool.mode} in pool ${pool.name} keeps apart`,
      remedy: "choose a pool with sharing mode mig or dedicated, or drop what the job can do without",
    },
  ];
}

/** Out of memory on a shared GPU: what does not fit, and what nobody told where nothing limits it (F03). */
function memoryProblems(request: DeviceRequest, pool: SharedPoolPlan, device: PoolDevice): Problem[] {
  const path = [...request.path, "gpuMemoryGiB"];
  const available = Math.floor((device.memoryMiB / 1024) * 100) / 100;
  if (request.gpuMemoryGiB === undefined) {
    if (pool.mode !== "time-slicing") return [];
    return [
      {
        path,
        given: "nothing",
        allowed: `at most ${available}, one replica's part of the memory, which nothing enforces`,
        remedy: "add what the job needs, or choose a pool whose sharing limits memory",
      },
    ];
  }
  if (request.gpuMemoryGiB * 1024 <= device.memoryMiB) return [];
  return [
    {
      path,
      given: String(request.gpuMemoryGiB),
      allowed: `at most ${available}, the memory of one of the ${device.noun} of pool ${pool.name}`,
      remedy: "choose a pool with more memory per device, fewer replicas or a larger MIG profile",
    },
  ];
}

function sliceKindProblem(path: Path, noun: string, pool: string): Problem {
  return {
    path: [...path, "pool"],
    given: `"${pool}", a pool of TPU slices`,
    allowed: `a pool of GPUs for a ${noun}; slices are for ${sliceKinds.join(", ")}`,
    remedy: `choose another pool, or make it one of these`,
  };
}
