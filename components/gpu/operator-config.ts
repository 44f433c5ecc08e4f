/**
 * What the GPU Operator 26.7 reads to share accelerators as planned: configurations of its device plugin and
 * its MIG manager, and the chart's values that name them. Formats: NVIDIA/k8s-device-plugin README @00f2a02,
 * api/config/v1; NVIDIA/gpu-operator assets/state-mig-manager/0400_configmap.yaml @0b0b6b1.
 */
import { accelerators } from "../catalogue/hardware.ts";
import { isClaimed } from "../planning/claims.ts";
import {
  devicePluginConfig,
  partitions,
  type SharedPool,
  type Sharing,
  selectionLabels,
} from "../planning/sharing.ts";
import { sum } from "../planning/sum.ts";

/** ConfigMaps by what they hold; the chart's values name them. */
export const configMapNames = { devicePlugin: "plinth-device-plugin", mig: "plinth-mig" } as const;

const noLayout = "all-disabled";

/** Configurations of the device plugin by name: that of dedicated nodes, and one for each way of sharing. */
export function devicePluginConfigs(pools: readonly SharedPool[]): Record<string, object> {
  const dedicated: Sharing = { mode: "dedicated" };
  const plugged = pools.filter((pool) => !isClaimed(pool));
  const all = [{ sharing: dedicated, resourceName: "" }, ...plugged.map(sharedResource)];
  return Object.fromEntries(
    all.map(({ sharing, resourceName }) => [
      devicePluginConfig(sharing),
      {
        version: "v1",
        flags: { migStrategy: sharing.mode === "mig" ? "mixed" : "single" },
        ...sharingSection(sharing, resourceName),
      },
    ]),
  );
}

function sharedResource({ sharing, accelerator }: SharedPool) {
  return { sharing, resourceName: accelerators[accelerator].resourceName };
}

/** A request for two replicas is refused, for it would get no more of the accelerator than one (F36). */
function sharingSection(sharing: Sharing, resourceName: string): object {
  if (!("replicas" in sharing)) return {};
  const section = {
    renameByDefault: sharing.rename,
    failRequestsGreaterThanOne: true,
    resources: [{ name: resourceName, replicas: sharing.replicas }],
  };
  return { sharing: sharing.mode === "mps" ? { mps: section } : { timeSlicing: section } };
}

/** Layouts that nodes ask for by name, each told for every kind of GPU that has it. */
export function migConfig(pools: readonly SharedPool[]) {
  const wanted = pools.flatMap(partitions);
  const layouts = [...Map.groupBy(wanted, ({ name }) => name)].map(([name, entries]) => {
    const byDevice = new Map(entries.map((entry) => [entry.geometry.deviceFilter, entry]));
    const rows = [...byDevice].map(([filter, { layout }]) => ({
      "device-filter": [filter],
      devices: "all",
      "mig-enabled": true,
      "mig-devices": { ...layout.profiles },
    }));
    return [name, rows] as const;
  });
  return {
    version: "v1",
    "mig-configs": {
      [noLayout]: [{ devices: "all", "mig-enabled": false }],
      ...Object.fromEntries(layouts),
    },
  };
}

/**
 * Values of the chart. MPS needs its daemon, a directory of the host and a flag of the plugin: the operator
 * starts all three where a node's configuration shares by MPS, given the directory (F34). Partitions belong
 * to the MIG manager alone (F38).
 */
export function operatorValues(pools: readonly SharedPool[]) {
  const has = (mode: Sharing["mode"]) => pools.some(({ sharing }) => sharing.mode === mode);
  return {
    mig: { strategy: has("mig") ? "mixed" : "single" },
    devicePlugin: {
      enabled: pools.some((pool) => !isClaimed(pool)),
      config: {
        name: configMapNames.devicePlugin,
        create: false,
        default: devicePluginConfig({ mode: "dedicated" }),
      },
      ...(has("mps") ? { mps: { root: "/run/nvidia/mps" } } : {}),
    },
    migManager: {
      enabled: has("mig"),
      config: { name: configMapNames.mig, create: false, default: noLayout },
    },
  };
}

/** Nodes that ask for the same, from the first on. */
export interface NodeSelection {
  readonly firstNode: number;
  readonly nodes: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Labels that the nodes of a pool must have, in the order of its nodes; none for a dedicated pool. */
export function nodeSelections(pool: SharedPool): NodeSelection[] {
  const { sharing } = pool;
  if (sharing.mode === "dedicated") return [];
  const sizes = sharing.mode === "mig" ? sharing.layouts.map(({ nodes }) => nodes) : [pool.nodes];
  return sizes.map((nodes, index) => {
    const firstNode = sum(sizes.slice(0, index));
    return { firstNode, nodes, labels: selectionLabels(pool, firstNode) };
  });
}
