/** What a cluster that exists already says of itself, and which of its nodes a pool is. */
import type { GpuPart } from "../catalogue/node-images.ts";
import type { SharedPool } from "./sharing.ts";

export interface SiteTaint {
  readonly key: string;
  readonly value: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

export interface SiteNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly SiteTaint[];
  readonly allocatable: Readonly<Record<string, string>>;
  readonly isReady: boolean;
}

export interface SiteInventory {
  /** Address of the API server. */
  readonly server: string;
  /** Version of Kubernetes, as the API server says it. */
  readonly kubernetes: string;
  readonly nodes: readonly SiteNode[];
  readonly storageClasses: readonly SiteStorageClass[];
  readonly daemons: readonly SiteDaemon[];
}

export interface SiteStorageClass {
  readonly name: string;
  readonly isDefault: boolean;
  /** Whether a disk is made only once its pod has a node. */
  readonly waitsForPod: boolean;
}

/** A DaemonSet: what a cluster runs on its nodes. */
export interface SiteDaemon {
  readonly name: string;
  readonly namespace: string;
  readonly images: readonly string[];
}

/** A pool of nodes that exist already. */
export interface SitePool extends SharedPool {
  readonly name: string;
  /** Labels that its nodes have, and no others. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Parts of NVIDIA's software that the nodes have of their own. */
  readonly carries: readonly GpuPart[];
}

/** Whether it has all these labels, with these values. */
export function hasLabels(
  { labels }: Pick<SiteNode, "labels">,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/** The nodes with all these labels, in the order of their names, in which layouts are given out. */
export function selectedNodes(
  nodes: readonly SiteNode[],
  selector: Readonly<Record<string, string>>,
): SiteNode[] {
  return nodes.filter((node) => hasLabels(node, selector)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Taints that a node is meant to have: Kubernetes adds and lifts its own as a node comes and goes. */
export function lastingTaints({ taints }: SiteNode): SiteTaint[] {
  return taints
    .filter(
      ({ key }) => !/^(node\.kubernetes\.io|node\.cloudprovider\.kubernetes\.io|plinth\.dev)\//.test(key),
    )
    .toSorted((a, b) => (writtenTaint(a) < writtenTaint(b) ? -1 : 1));
}

/** A taint as kubectl writes it. */
export function writtenTaint({ key, value, effect }: SiteTaint): string {
  return `${key}${value === "" ? "" : `=${value}`}:${effect}`;
}
