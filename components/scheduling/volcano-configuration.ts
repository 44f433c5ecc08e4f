/** Configuration files of Volcano 1.14: which plugins decide, and how nodes stand in network domains. */

/** Plugins of one tier; for victims, the first tier that names any decides alone. */
interface Plugin {
  readonly name: string;
  readonly [setting: string]: unknown;
}

/**
 * Without the action `enqueue`, which holds a gang's pods back while its queue is full: a job that is held
 * back reclaims nothing, so no team would ever get its own accelerators back from a full cohort.
 */
const actions = "allocate, preempt, reclaim, backfill";

/**
 * All plugins that name victims stand in one tier. In two, `conformance` alone would decide for the first
 * and nobody would ask `capacity` whether a queue holds more than it deserves. `gang` names no victims: it
 * protects gangs that are just complete, which all are; one that loses a pod is restarted whole by its job.
 */
const tiers: readonly (readonly Plugin[])[] = [
  [
    { name: "priority" },
    { name: "gang", enablePreemptable: false, enableReclaimable: false },
    { name: "conformance" },
    { name: "capacity", enableHierarchy: true },
  ],
  [
    { name: "predicates" },
    { name: "nodeorder" },
    // Full nodes first, by accelerators: what stays whole is there for the next gang.
    { name: "binpack" },
    { name: "network-topology-aware" },
  ],
];

/** The scheduler's file as an object; JSON of it is valid YAML. `resourceNames` are those of accelerators. */
export function schedulerConfiguration(resourceNames: readonly string[]) {
  const packing = {
    "binpack.weight": 10,
    "binpack.cpu": 1,
    "binpack.memory": 1,
    "binpack.resources": resourceNames.join(", "),
    ...Object.fromEntries(resourceNames.map((name) => [`binpack.resources.${name}`, 10])),
  };
  const arranged = tiers.map((plugins) => ({
    plugins: plugins.map((plugin) =>
      plugin.name === "binpack" ? { ...plugin, arguments: packing } : { ...plugin },
    ),
  }));
  return { actions, tiers: arranged };
}

/**
 * The controllers' file. Where nobody else writes HyperNodes, Volcano derives them from the labels of nodes;
 * its discovery can write a domain twice while nodes come, and then places no gang that needs one.
 */
export function controllerConfiguration(topologyLevels: readonly string[], discovers: boolean) {
  const types = { plinth: topologyLevels.map((nodeLabel) => ({ nodeLabel })) };
  return {
    networkTopologyDiscovery: discovers
      ? [{ source: "label", enabled: true, config: { networkTopologyTypes: types } }]
      : [],
  };
}

/** The tier that Volcano gives a level: 1 is the narrowest above the node; the node itself has none. */
export function tierOf(level: string, topologyLevels: readonly string[]): number | undefined {
  const index = topologyLevels.indexOf(level);
  const tier = topologyLevels.length - 1 - index;
  return index === -1 || tier === 0 ? undefined : tier;
}
