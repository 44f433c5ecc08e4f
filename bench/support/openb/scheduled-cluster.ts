/** Lets the real scheduler of an embedded cluster place arriving pods, one after the other, and measures. */

import type { KubeApi } from "../../../embedded/cluster/kube-api.ts";
import { ClusterView } from "../../../embedded/scheduler-extender/cluster-view.ts";
import { SchedulerExtender } from "../../../embedded/scheduler-extender/extender.ts";
import { followCluster } from "../../../embedded/scheduler-extender/follow-cluster.ts";
import type { PodRequest } from "../../../embedded/scheduler-extender/free-node.ts";
import type { NodeObject, SchedulablePod } from "../../../embedded/scheduler-extender/kube-objects.ts";
import { fragmentMilli } from "../../../embedded/scheduler-extender/waste.ts";
import type { WorkloadMix } from "../../../embedded/scheduler-extender/workload-mix.ts";
import { eventually, TestPlatform } from "../../../test/support/platform.ts";
import { ArrivalWindow } from "./arrival-window.ts";
import { askedMilli, capacityMilli } from "./arrivals.ts";
import {
  claimManifest,
  deviceClass,
  namespace,
  nodeManifest,
  podManifest,
  sliceManifest,
} from "./manifests.ts";
import type { Replay } from "./replay.ts";
import type { TraceNode } from "./trace.ts";

const nodesReadyMs = 300_000;
/** The scheduler looks again after five minutes at a pod whose claim it saw too late. */
const verdictMs = 400_000;
/** The whole trace takes from half an hour: whoever waits sees how far it is. */
const podsPerReport = 500;
/** Requests under way at once while the cluster is filled with nodes. */
const parallel = 16;

/** Starts a cluster of its own and removes it afterwards. */
export async function replayOnScheduler(
  nodes: readonly TraceNode[],
  pods: readonly PodRequest[],
  schedulerName: string,
  mix: WorkloadMix,
): Promise<Replay> {
  const view = new ClusterView();
  const extender = new SchedulerExtender(view);
  const platform = new TestPlatform({ PLINTH_SCHEDULER_EXTENDER: await extender.listen() });
  const stopped = new AbortController();
  try {
    await platform.must("cluster", "up");
    await createNodes(platform.api, nodes);
    await followCluster(platform.api, view, stopped.signal);
    const cluster = new ScheduledCluster(platform.api, stopped.signal, schedulerName);
    return await cluster.replay(nodes, pods, view, mix);
  } finally {
    stopped.abort();
    await extender.close();
    await platform.remove();
  }
}

/** Makes the nodes and waits until pods can be placed on them. */
export async function createNodes(api: KubeApi, nodes: readonly TraceNode[]): Promise<void> {
  const resources = "/apis/resource.k8s.io/v1";
  await api.create("/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
  await api.create(`${resources}/deviceclasses`, deviceClass);
  const waiting = [...nodes];
  const createAll = async () => {
    for (let node = waiting.shift(); node; node = waiting.shift()) {
      await api.create("/api/v1/nodes", nodeManifest(node));
      await api.create(`${resources}/resourceslices`, sliceManifest(node));
    }
  };
  await Promise.all(Array.from({ length: parallel }, createAll));
  const list = () => api.list<NodeObject & { spec?: { taints?: unknown[] } }>("/api/v1/nodes");
  // A node that is not Ready has one more taint than its own.
  const isReady = (node: Awaited<ReturnType<typeof list>>[number]) => node.spec?.taints?.length === 1;
  await eventually(list, (all) => all.every(isReady), nodesReadyMs);
  const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
  await eventually(
    () => api.get(account).catch(() => undefined),
    (found) => found !== undefined,
  );
}

class ScheduledCluster {
  private readonly api: KubeApi;
  private readonly schedulerName: string;
  private readonly verdicts = new Map<string, (isBound: boolean) => void>();
  private readonly listed: Promise<void>;

  constructor(api: KubeApi, signal: AbortSignal, schedulerName: string) {
    this.api = api;
    this.schedulerName = schedulerName;
    this.listed = new Promise((resolve, reject) => {
      const handlers = {
        onList: (pods: ScheduledPod[]) => {
          // A watch that fell behind is cut off: what it missed is in the next list.
          for (const pod of pods) this.judge(pod);
          resolve();
        },
        onEvent: ({ object }: { object: ScheduledPod }) => this.judge(object),
      };
      const path = `/api/v1/namespaces/${namespace}/pods`;
      api.watch<ScheduledPod>(path, "", handlers, signal).then(resolve, reject);
    });
  }

  async replay(
    nodes: readonly TraceNode[],
    pods: readonly PodRequest[],
    view: ClusterView,
    mix: WorkloadMix,
  ): Promise<Replay> {
    await this.listed;
    const window = new ArrivalWindow(capacityMilli(nodes), askedMilli(pods));
    const fragments = () =>
      nodes.reduce((sum, { name }) => sum + fragmentMilli(view.freeNode(name) as TraceNode, mix), 0);
    let [allocatedMilli, rejectedPods, milliseconds] = [0, 0, 0];
    for (const [index, pod] of pods.entries()) {
      const name = `pod-${index}`;
      if (pod.gpus > 0) await this.api.create(this.path("resourceclaims"), claimManifest(name, pod));
      const started = performance.now();
      const isBound = await this.schedule(name, pod);
      milliseconds += performance.now() - started;
      if (isBound) allocatedMilli += askedMilli([pod]);
      else {
        rejectedPods += 1;
        await this.remove(name, pod);
      }
      window.after(askedMilli([pod]), allocatedMilli, fragments);
      if ((index + 1) % podsPerReport === 0) {
        process.stderr.write(`  ${index + 1} of ${pods.length} pods, ${rejectedPods} rejected\n`);
      }
    }
    return { ...window.figures, rejectedPods, secondsPerPod: milliseconds / 1000 / pods.length };
  }

  private async schedule(name: string, pod: PodRequest): Promise<boolean> {
    const verdict = new Promise<boolean>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${name}: no verdict of the scheduler`)), verdictMs);
      this.verdicts.set(name, (isBound) => {
        clearTimeout(timer);
        this.verdicts.delete(name);
        resolve(isBound);
      });
    });
    await this.api.create(this.path("pods"), podManifest(name, this.schedulerName, pod));
    return verdict;
  }

  private judge({ metadata, spec, status }: ScheduledPod): void {
    const verdict = this.verdicts.get(metadata?.name ?? "");
    const condition = status?.conditions?.find(({ type }) => type === "PodScheduled");
    // Another reason is no verdict yet, such as a claim that the scheduler has not seen.
    const fitsNowhere = condition?.status === "False" && /nodes are available/.test(condition.message ?? "");
    if (spec?.nodeName) verdict?.(true);
    else if (fitsNowhere) verdict?.(false);
  }

  /** As published: a pod that does not fit on arrival never runs. */
  private async remove(name: string, pod: PodRequest): Promise<void> {
    await this.api.remove(`${this.path("pods")}/${name}`, { gracePeriodSeconds: 0 });
    if (pod.gpus > 0) await this.api.remove(`${this.path("resourceclaims")}/${name}`);
  }

  private path(kind: "pods" | "resourceclaims"): string {
    const group = kind === "pods" ? "/api/v1" : "/apis/resource.k8s.io/v1";
    return `${group}/namespaces/${namespace}/${kind}`;
  }
}

interface ScheduledPod extends SchedulablePod {
  status?: SchedulablePod["status"] & {
    conditions?: readonly { type: string; status: string; message?: string }[];
  };
}
