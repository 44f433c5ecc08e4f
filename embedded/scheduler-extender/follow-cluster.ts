/** Keeps a view of the cluster current until it is told to stop. */
import type { KubeApi } from "../cluster/kube-api.ts";
import type { ClusterView, ViewedObjects } from "./cluster-view.ts";

const paths: Readonly<Record<keyof ViewedObjects, string>> = {
  nodes: "/api/v1/nodes",
  pods: "/api/v1/pods",
  resourceslices: "/apis/resource.k8s.io/v1/resourceslices",
  resourceclaims: "/apis/resource.k8s.io/v1/resourceclaims",
  deviceclasses: "/apis/resource.k8s.io/v1/deviceclasses",
};

/** Resolves once everything has been listed; watches go on until `signal` aborts. */
export async function followCluster(api: KubeApi, view: ClusterView, signal: AbortSignal): Promise<void> {
  const kinds = Object.keys(paths) as (keyof ViewedObjects)[];
  await Promise.all(kinds.map((kind) => followKind(api, view, kind, signal)));
}

function followKind<K extends keyof ViewedObjects>(
  api: KubeApi,
  view: ClusterView,
  kind: K,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const handlers = {
      onList: (objects: ViewedObjects[K][]) => {
        view.replace(kind, objects);
        resolve();
      },
      onEvent: ({ type, object }: { type: string; object: ViewedObjects[K] }) =>
        type === "DELETED" ? view.remove(kind, object) : view.set(kind, object),
    };
    api.watch<ViewedObjects[K]>(paths[kind], "", handlers, signal).then(resolve, reject);
  });
}
