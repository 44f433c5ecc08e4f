/**
 * What GPU Feature Discovery 0.20 and the MIG manager write on a node whose accelerators are shared, on top
 * of the labels of a dedicated one. Read in NVIDIA/k8s-device-plugin internal/lm/resource.go @aaccdfd and
 * mig-strategy.go @062f090, and compared with label listings of an A100 and an H100 under "mixed".
 */
import { type Accelerator, accelerators } from "../catalogue/hardware.ts";
import { type MigProfile, migGeometry } from "../catalogue/mig-profiles.ts";
import { labelPart } from "../planning/mig.ts";
import {
  layoutAt,
  type MigLayout,
  type Replicated,
  type SharedPool,
  selectionLabels,
  sliceResource,
} from "../planning/sharing.ts";

/** Labels that replace or join those of a dedicated node; none where the pool is dedicated. */
export function sharedLabels(pool: SharedPool, index: number): Record<string, string> {
  const { sharing } = pool;
  const accelerator = accelerators[pool.accelerator];
  if (sharing.mode === "dedicated") return {};
  const own = selectionLabels(pool, index);
  if (sharing.mode === "dra") return own;
  if (sharing.mode !== "mig") return { ...own, ...replicaLabels(sharing, accelerator) };
  return { ...own, ...sliceLabels(pool, layoutAt(sharing.layouts, index), accelerator) };
}

function replicaLabels({ mode, replicas, rename }: Replicated, { discovery }: Accelerator) {
  return {
    "nvidia.com/gpu.product": rename ? discovery.product : `${discovery.product}-SHARED`,
    "nvidia.com/gpu.replicas": String(replicas),
    "nvidia.com/gpu.sharing-strategy": mode,
    // The daemon that MPS needs runs where this label is true.
    "nvidia.com/mps.capable": String(mode === "mps"),
  };
}

/** Under "mixed" the GPU's own labels stay, with no replicas; each kind of slice has a group of its own. */
function sliceLabels(pool: SharedPool, layout: MigLayout | undefined, accelerator: Accelerator) {
  const profiles = migGeometry(pool.accelerator)?.profiles ?? {};
  const groups = Object.entries(layout?.profiles ?? {}).flatMap(([name, count]) => {
    const profile = profiles[name];
    return profile ? [sliceGroup(name, profile, count * pool.acceleratorsPerNode, accelerator)] : [];
  });
  return Object.assign(
    { "nvidia.com/gpu.replicas": "0", "nvidia.com/mig.strategy": "mixed" },
    ...groups,
  ) as Record<string, string>;
}

function sliceGroup(name: string, profile: MigProfile, total: number, { discovery }: Accelerator) {
  const values: Record<string, string | number> = {
    count: total,
    "engines.copy": profile.engines.copy,
    "engines.decoder": profile.engines.decoder,
    "engines.encoder": profile.engines.encoder,
    "engines.jpeg": profile.engines.jpeg,
    "engines.ofa": profile.engines.ofa,
    memory: profile.memoryMiB,
    multiprocessors: profile.multiprocessors,
    product: `${discovery.product}-MIG-${labelPart(name)}`,
    replicas: 1,
    "sharing-strategy": "none",
    "slices.ci": profile.computeSlices,
    "slices.gi": profile.computeSlices,
  };
  return Object.fromEntries(
    Object.entries(values).map(([suffix, value]) => [`${sliceResource(name)}.${suffix}`, String(value)]),
  );
}
