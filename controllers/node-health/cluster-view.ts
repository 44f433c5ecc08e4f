/** Keeps the views of all Nodes, bound Pods and Workloads current, and tells when any has changed. */
import type { V1Node, V1Pod } from "@kubernetes/client-node";
import type { KubeApi, KubeObject } from "../../embedded/cluster/kube-api.ts";
import type { World } from "./decide.ts";
import {
  type NodeView,
  nodeView,
  type PodView,
  podView,
  type Workload,
  type WorkloadView,
  workloadView,
} from "./views.ts";

const bound = `fieldSelector=${encodeURIComponent("spec.nodeName!=")}`;

export class ClusterView {
  private readonly nodes = new Map<string, NodeView>();
  private readonly pods = new Map<string, PodView>();
  private readonly workloads = new Map<string, WorkloadView>();
  private readonly unlisted = new Set(["nodes", "pods", "workloads"]);
  private readonly onChange: () => void;

  constructor(onChange: () => void) {
    this.onChange = onChange;
  }

  /** Undefined until each kind was listed once: what is not seen yet must not look as if it were gone. */
  get world(): World | undefined {
    if (this.unlisted.size > 0) return undefined;
    return {
      nodes: [...this.nodes.values()],
      pods: [...this.pods.values()],
      workloads: [...this.workloads.values()],
    };
  }

  /** Follows the cluster until `signal` aborts. */
  async follow(api: KubeApi, signal: AbortSignal): Promise<void> {
    const track = <T extends KubeObject, V>(
      kind: string,
      path: string,
      query: string,
      store: Map<string, V>,
      view: (object: T) => V | undefined,
    ) => {
      const put = (object: T) => {
        const seen = view(object);
        if (seen) store.set(keyOf(object), seen);
        else store.delete(keyOf(object));
      };
      const onList = (objects: T[]) => {
        store.clear();
        for (const object of objects) put(object);
        this.unlisted.delete(kind);
        this.onChange();
      };
      const onEvent = ({ type, object }: { type: string; object: T }) => {
        if (type === "DELETED") store.delete(keyOf(object));
        else put(object);
        this.onChange();
      };
      return api.watch<T>(path, query, { onList, onEvent }, signal);
    };
    await Promise.all([
      track<V1Node & KubeObject, NodeView>("nodes", "/api/v1/nodes", "", this.nodes, nodeView),
      track<V1Pod & KubeObject, PodView>("pods", "/api/v1/pods", bound, this.pods, podView),
      track<Workload & KubeObject, WorkloadView>(
        "workloads",
        workloadsPath,
        "",
        this.workloads,
        workloadView,
      ),
    ]);
  }
}

const workloadsPath = "/apis/kueue.x-k8s.io/v1beta2/workloads";

function keyOf({ metadata }: KubeObject): string {
  return `${metadata?.namespace ?? ""}/${metadata?.name}`;
}
