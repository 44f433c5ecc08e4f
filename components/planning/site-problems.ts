/** What a cluster that exists already lacks for a plan: everything at once, before anything is applied. */
import type { Distribution } from "../catalogue/distributions.ts";
import { platformKubernetes } from "../catalogue/kubernetes-ranges.ts";
import {
  enforcingDistributions,
  type NetworkPluginName,
  networkPlugins,
} from "../catalogue/network-plugins.ts";
import type { charts } from "../catalogue/versions.ts";
import { chartProblems } from "./compatibility.ts";
import type { Path, Problem } from "./problem.ts";
import { hasLabels, type SiteInventory, type SitePool } from "./site-inventory.ts";
import { domainWarnings, sitePoolProblems } from "./site-pool-problems.ts";
import { isOlder, minorVersion } from "./version-order.ts";

export interface SitePlan {
  readonly pools: readonly SitePool[];
  /** Charts that the plan installs. */
  readonly charts: readonly (keyof typeof charts)[];
  readonly distribution: Distribution;
  /** Storage class of pods' own disks; without one it is the cluster's default. */
  readonly storageClass?: string | undefined;
  /** The site's word that disks of this class can be reached from every node. */
  readonly disksEverywhere: boolean;
  /** The site's word that its network enforces policies, where the plugin is not a known one. */
  readonly enforcesPolicies: boolean;
  /** Site labels of network domains, by the domain's name. */
  readonly topology: Readonly<Record<string, string>>;
}

/** Every problem, the cluster's before the pools'. */
export function siteProblems(plan: SitePlan, inventory: SiteInventory): Problem[] {
  return [
    ...versionProblems(plan, inventory),
    ...storageProblems(plan, inventory),
    ...networkProblems(plan, inventory),
    ...systemProblems(inventory),
    ...foreignProblems(plan, inventory),
    ...plan.pools.flatMap((pool, index) => sitePoolProblems(["pools", index], pool, plan, inventory)),
    ...nvlinkProblems(plan, inventory),
    ...sharedNodeProblems(plan, inventory),
  ];
}

const cluster: Path = ["cluster"];

function versionProblems(plan: SitePlan, { kubernetes }: SiteInventory): Problem[] {
  const { least } = platformKubernetes;
  const own = isOlder(minorVersion(kubernetes), least)
    ? [
        {
          path: [...cluster, "kubernetes"],
          given: kubernetes,
          allowed: `${least} or newer: the platform's own objects are of kinds that came with it`,
          remedy: "upgrade Kubernetes",
        },
      ]
    : [];
  return [...own, ...plan.charts.flatMap((chart) => chartProblems(cluster, chart, kubernetes))];
}

/** The storage class of pods' own disks, if the cluster has it. */
export function siteStorageClass(plan: Pick<SitePlan, "storageClass">, inventory: SiteInventory) {
  const { storageClasses } = inventory;
  return plan.storageClass === undefined
    ? storageClasses.filter(({ isDefault }) => isDefault).at(0)
    : storageClasses.find(({ name }) => name === plan.storageClass);
}

function storageProblems(plan: SitePlan, inventory: SiteInventory): Problem[] {
  const names = inventory.storageClasses.map(({ name }) => name).join(", ") || "none";
  const found = siteStorageClass(plan, inventory);
  if (plan.storageClass !== undefined && found === undefined) {
    return [
      {
        path: ["storage", "class"],
        given: `"${plan.storageClass}"`,
        allowed: `a storage class of the cluster: ${names}`,
        remedy: "name one of these, or make the class",
      },
    ];
  }
  const defaults = inventory.storageClasses.filter(({ isDefault }) => isDefault);
  if (plan.storageClass === undefined && defaults.length !== 1) {
    return [
      {
        path: [...cluster, "storageClass"],
        given: defaults.length === 0 ? "no default class" : `${defaults.length} default classes`,
        allowed: `one default class; the cluster has the classes: ${names}`,
        remedy: "mark one class as the default, or name one in storage.class",
      },
    ];
  }
  if (found === undefined || found.waitsForPod || plan.disksEverywhere) return [];
  return [
    {
      path: [...cluster, "storageClass"],
      given: `${found.name}, which makes disks before their pods have a node`,
      allowed: "a class with volumeBindingMode WaitForFirstConsumer, lest a disk is where its pod cannot run",
      remedy: "name another class, or say storage.everywhere if its disks can be reached from every node",
    },
  ];
}

function networkProblems(plan: SitePlan, { daemons }: SiteInventory): Problem[] {
  const known = daemons.filter(({ name }) => name in networkPlugins).map(({ name }) => name);
  const enforces = known.some((name) => networkPlugins[name as NetworkPluginName].enforces);
  const byItself = enforcingDistributions.some((name) => name === plan.distribution);
  if (enforces || byItself || plan.enforcesPolicies) return [];
  const able = Object.entries(networkPlugins).flatMap(([name, plugin]) => (plugin.enforces ? [name] : []));
  return [
    {
      path: [...cluster, "network"],
      given: known.length === 0 ? "no known network plugin" : known.join(", "),
      allowed: `a network plugin that enforces NetworkPolicies, as ${able.join(", ")}`,
      remedy: "install one, or say networkPolicies: enforced if the cluster's own network does",
    },
  ];
}

/** The platform's own programs tolerate no taint. */
function systemProblems({ nodes }: SiteInventory): Problem[] {
  const free = nodes.filter(
    ({ isReady, taints }) => isReady && !taints.some(({ effect }) => effect !== "PreferNoSchedule"),
  );
  if (free.length > 0) return [];
  return [
    {
      path: [...cluster, "nodes"],
      given: `${nodes.length} nodes, none of them ready and without taints`,
      allowed: "at least one such node, for the platform's own programs",
      remedy: "add a node, or lift the taints of one",
    },
  ];
}

/** What brings parts of NVIDIA's software to nodes, told by the image that it runs. */
const foreign = [
  { part: "devicePlugin", image: /(^|\/)k8s-device-plugin[:@]/, title: "a device plugin" },
  { part: "driver", image: /(^|\/)nvidia\/driver[:@]/, title: "a driver installer" },
] as const;

/** A second owner of one part breaks both (F21, F27). */
function foreignProblems(plan: SitePlan, { daemons }: SiteInventory): Problem[] {
  const others = daemons.filter(({ namespace }) => namespace !== operatorNamespace);
  return foreign.flatMap(({ part, image, title }) => {
    const found = others.filter(({ images }) => images.some((name) => image.test(name)));
    const wanting = plan.pools.filter(({ carries }) => !carries.includes(part));
    if (found.length === 0 || wanting.length === 0) return [];
    const pools = wanting.map(({ name }) => name).join(", ");
    return [
      {
        path: [...cluster, "daemonSets"],
        given: `${title}: ${found.map(({ namespace, name }) => `${namespace}/${name}`).join(", ")}`,
        allowed: `none beside the GPU Operator, which brings it to ${pools}`,
        remedy: `remove it, or say carries: [${part}] of these pools`,
      },
    ];
  });
}

/** Where this platform installs the operator. */
const operatorNamespace = "gpu-operator";

function sharedNodeProblems(plan: SitePlan, { nodes }: SiteInventory): Problem[] {
  return plan.pools.flatMap((pool, index) => {
    const earlier = plan.pools.slice(0, index);
    const both = nodes.flatMap((node) => {
      if (!hasLabels(node, pool.nodeSelector)) return [];
      const other = earlier.find(({ nodeSelector }) => hasLabels(node, nodeSelector));
      return other ? [{ name: node.name, other: other.name }] : [];
    });
    const [first] = both;
    if (first === undefined) return [];
    return [
      {
        path: ["pools", index, "nodeSelector"],
        given: `${both.map(({ name }) => name).join(", ")}, which pool ${first.other} has as well`,
        allowed: "nodes that no other pool has: their accelerators would be promised twice",
        remedy: "choose labels that tell the two pools apart",
      },
    ];
  });
}

/** A label of NVLink that no pool's nodes have. */
function nvlinkProblems({ pools, topology }: SitePlan, { nodes }: SiteInventory): Problem[] {
  const { nvlink } = topology;
  const own = nodes.filter((node) => pools.some(({ nodeSelector }) => hasLabels(node, nodeSelector)));
  if (nvlink === undefined || own.some(({ labels }) => labels[nvlink] !== undefined)) return [];
  return [
    {
      path: ["domainLabels", "nvlink"],
      given: JSON.stringify(nvlink),
      allowed: "a label that the nodes of some pool have",
      remedy: "leave it out where NVLink ends at the machine, or until discovery has labelled the nodes",
    },
  ];
}

/** Nodes of the plan's pools that are not ready, or do not tell where they stand: a plan counts on them. */
export function siteWarnings(plan: SitePlan, { nodes }: SiteInventory): string[] {
  const ill = nodes.filter(
    (node) => !node.isReady && plan.pools.some(({ nodeSelector }) => hasLabels(node, nodeSelector)),
  );
  return [
    ...ill.map(({ name }) => `node ${name} is not ready; quotas count it all the same`),
    ...plan.pools.flatMap((pool) => domainWarnings(pool, plan.topology, nodes)),
  ];
}
