/** The kubelet of the node `host`: registers it, keeps it alive and runs its pods as host processes. */
import { setTimeout as sleep } from "node:timers/promises";
import type { V1Pod } from "@kubernetes/client-node";
import { hostNode } from "../../components/catalogue/labels.ts";
import { KubeApiError } from "../cluster/kube-api.ts";
import { type HostNodeContext, PodProcess } from "./pod-process.ts";

const leaseSeconds = 40;
/** After the grace of a program, until it is gone. */
const killSeconds = 2;
const heartbeatMs = 10_000;
/** The node's status is written this often; in between only its lease is renewed, as a kubelet does. */
const statusHeartbeats = 30;
const releaseDelayMs = { first: 200, max: 10_000 };
const capacity = {
  cpu: `${hostNode.capacity.cpuCores}`,
  memory: `${hostNode.capacity.memoryGiB}Gi`,
  pods: "64",
};

export class HostNodeAgent {
  private readonly context: HostNodeContext;
  private readonly version: string;
  private readonly pods = new Map<string, PodProcess>();
  private readonly stopping = new AbortController();
  private readonly readySince = new Date();
  private work: Promise<unknown> = Promise.resolve();

  constructor(context: HostNodeContext, version: string) {
    this.context = context;
    this.version = version;
  }

  /** Registers the node and returns once it is Ready; its pods are followed until `stop`. */
  async start(): Promise<void> {
    await this.register();
    await this.reportStatus();
    await this.renewLease();
    const { signal } = this.stopping;
    const follow = this.context.api.watch<V1Pod>(
      "/api/v1/pods",
      `fieldSelector=${encodeURIComponent(`spec.nodeName=${hostNode.name}`)}`,
      {
        onList: (pods) => this.reconcile(pods),
        onEvent: ({ type, object }) => (type === "DELETED" ? this.forget(object) : this.accept(object)),
      },
      signal,
    );
    this.work = Promise.all([follow, this.keepAlive(signal)]);
    this.work.catch((error) => this.log(error.message));
  }

  /** Pods that take new connections. */
  get serving(): readonly PodProcess[] {
    return [...this.pods.values()].filter(({ isServing }) => isServing);
  }

  /** Within so many seconds, however long its pods may take: whoever stops the cluster does not wait. */
  async stop(graceSeconds: number): Promise<void> {
    this.stopping.abort();
    await this.work.catch(() => undefined);
    const stopped = [...this.pods.values()].map((pod) => pod.stop(Math.min(pod.graceSeconds, graceSeconds)));
    // One that was being ended before has been given more: it is killed with what else is left over.
    await Promise.race([Promise.all(stopped), sleep((graceSeconds + killSeconds) * 1000)]);
  }

  private async register(): Promise<void> {
    const node = {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name: hostNode.name,
        labels: {
          "kubernetes.io/hostname": hostNode.name,
          "kubernetes.io/os": "linux",
          "kubernetes.io/arch": process.arch === "x64" ? "amd64" : process.arch,
          [hostNode.label]: "true",
        },
      },
      spec: { taints: [{ key: hostNode.label, value: "true", effect: "NoSchedule" }] },
    };
    await this.context.api.create("/api/v1/nodes", node).catch((error) => {
      if (!(error instanceof KubeApiError && error.reason === "AlreadyExists")) throw error;
    });
  }

  private async keepAlive(signal: AbortSignal): Promise<void> {
    for (let beat = 1; !signal.aborted; beat += 1) {
      await sleep(heartbeatMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const work = beat % statusHeartbeats === 0 ? this.reportStatus() : this.renewLease();
      // The next beat tries again; the control plane notices a node whose lease runs out.
      await work.catch((error) => this.log(`heartbeat: ${error.message}`));
    }
  }

  private async reportStatus(): Promise<void> {
    await this.context.api.mergePatch(`/api/v1/nodes/${hostNode.name}/status`, {
      status: {
        capacity,
        allocatable: capacity,
        addresses: [
          { type: "InternalIP", address: "127.0.0.1" },
          { type: "Hostname", address: hostNode.name },
        ],
        nodeInfo: { ...emptyNodeInfo, kubeletVersion: this.version },
        conditions: [
          {
            type: "Ready",
            status: "True",
            reason: "SupervisorReady",
            message: "host programs run under the supervisor of the embedded cluster",
            lastHeartbeatTime: new Date(),
            lastTransitionTime: this.readySince,
          },
        ],
      },
    });
  }

  private async renewLease(): Promise<void> {
    const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    const spec = {
      holderIdentity: hostNode.name,
      leaseDurationSeconds: leaseSeconds,
      renewTime: new Date().toISOString().replace("Z", "000Z"),
    };
    await this.context.api.mergePatch(`${leases}/${hostNode.name}`, { spec }).catch(async (error) => {
      if (!(error instanceof KubeApiError && error.status === 404)) throw error;
      const metadata = { name: hostNode.name, namespace: "kube-node-lease" };
      await this.context.api.create(leases, {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata,
        spec,
      });
    });
  }

  /** Takes up what runs, and stops what was deleted while nobody watched. */
  private reconcile(pods: readonly V1Pod[]): void {
    const present = new Set(pods.map((pod) => pod.metadata?.uid));
    for (const [uid, running] of this.pods) if (!present.has(uid)) this.forget(running.pod);
    for (const pod of pods) this.accept(pod);
  }

  private accept(pod: V1Pod): void {
    const uid = pod.metadata?.uid ?? "";
    const known = this.pods.get(uid);
    if (pod.metadata?.deletionTimestamp) {
      void this.finish(pod, known);
    } else if (known) {
      known.observe(pod);
    } else if (pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed") {
      const started = new PodProcess(pod, this.context);
      this.pods.set(uid, started);
      void started.start();
    }
  }

  /** Stops a pod that is to be deleted and then releases its name, as a kubelet does. */
  private async finish(pod: V1Pod, running: PodProcess | undefined): Promise<void> {
    const { uid, name, namespace, deletionGracePeriodSeconds } = pod.metadata ?? {};
    await running?.end(deletionGracePeriodSeconds);
    this.pods.delete(uid ?? "");
    const options = { gracePeriodSeconds: 0, preconditions: { uid } };
    await this.release(`/api/v1/namespaces/${namespace}/pods/${name}`, options);
  }

  /** Until the API server takes it: a pod that is never released blocks the deletion of its namespace. */
  private async release(path: string, options: object): Promise<void> {
    for (let delayMs = releaseDelayMs.first; !this.stopping.signal.aborted; delayMs *= 2) {
      try {
        await this.context.api.remove(path, options);
        return;
      } catch (error) {
        // Another pod has this name by now: the one to release is gone.
        if (error instanceof KubeApiError && error.reason === "Conflict") return;
        this.log(`release of ${path}: ${(error as Error).message}`);
        await sleep(Math.min(delayMs, releaseDelayMs.max));
      }
    }
  }

  private log(message: string): void {
    process.stderr.write(`${new Date().toISOString()} host node: ${message}\n`);
  }

  private forget(pod: V1Pod): void {
    const uid = pod.metadata?.uid ?? "";
    void this.pods.get(uid)?.stop(0);
    this.pods.delete(uid);
  }
}

/** Required by the API; this node has no container runtime and no proxy to speak of. */
const emptyNodeInfo = {
  architecture: process.arch === "x64" ? "amd64" : process.arch,
  bootID: "",
  containerRuntimeVersion: "plinth-host://1",
  kernelVersion: "",
  kubeProxyVersion: "",
  machineID: "",
  operatingSystem: "linux",
  osImage: "",
  systemUUID: "",
};
