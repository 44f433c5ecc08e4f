/** Nodes that fall ill under gangs of every kind, and what of each gang is bound to nodes meanwhile. */
import type { CoreV1Event, V1Pod } from "@kubernetes/client-node";
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { GangWatch, type Pod } from "./gang-watch.ts";
import { offTheBus, report } from "./node-faults.ts";
import { eventually } from "./platform.ts";

export interface DrainedGang {
  /** Its pods' names begin with it. */
  readonly name: string;
  /** Pods of the whole gang. */
  readonly pods: number;
}

export class KindDrains {
  /** Gangs that had pods of two starts on nodes at once, which none may have. */
  readonly mixtures: string[] = [];
  private readonly api: KubeApi;
  private readonly team: string;
  private readonly watch: GangWatch;
  /** By gang: the pods that must have left before the first of the next start has a node. */
  private readonly leaving = new Map<string, readonly string[]>();

  constructor(api: KubeApi, team: string) {
    this.api = api;
    this.team = team;
    this.watch = new GangWatch(api, team, () => {
      for (const [gang, earlier] of this.leaving) this.note(gang, earlier);
    });
  }

  /** Reports the node ill, and gives the nodes of the gang once all of its next start runs. */
  async drain(gang: DrainedGang, node: string, patienceMs: number): Promise<string[]> {
    const earlier = this.bound(gang.name).map(uidOf);
    this.leaving.set(gang.name, earlier);
    await report(this.api, node, offTheBus);
    const next = await eventually(
      async () => this.bound(gang.name),
      (pods) =>
        pods.length === gang.pods &&
        pods.every((pod) => pod.status?.phase === "Running" && !earlier.includes(uidOf(pod))),
      patienceMs,
    );
    this.leaving.delete(gang.name);
    return next.map(({ spec }) => spec?.nodeName ?? "").sort();
  }

  /** How often a gang was taken from the node as a whole. */
  async requeues(node: string): Promise<number> {
    const events = await this.api.list<CoreV1Event>(`/api/v1/namespaces/${this.team}/events`);
    const wanted = `taken from node ${node}, to start whole elsewhere`;
    return events.filter(({ reason, message }) => reason === "GangRequeued" && message === wanted).length;
  }

  close(): Promise<void> {
    return this.watch.close();
  }

  private bound(gang: string): Pod[] {
    return this.watch.all.filter(
      ({ metadata, spec }) =>
        metadata.name.startsWith(`${gang}-`) && spec?.nodeName && metadata.deletionTimestamp === undefined,
    );
  }

  private note(gang: string, earlier: readonly string[]): void {
    const uids = this.bound(gang).map(uidOf);
    const left = uids.filter((uid) => earlier.includes(uid)).length;
    if (left > 0 && left < uids.length) {
      this.mixtures.push(`${gang}: ${left} pods of one start, ${uids.length - left} of the next`);
    }
  }
}

function uidOf({ metadata }: V1Pod): string {
  return metadata?.uid ?? "";
}
