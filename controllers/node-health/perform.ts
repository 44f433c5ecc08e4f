/** Does what was decided, one request after another; what fails is decided anew. */
import { platformLabels } from "../../components/catalogue/labels.ts";
import { type KubeApi, KubeApiError } from "../../embedded/cluster/kube-api.ts";
import type { Action } from "./decide.ts";
import type { HealthEvent } from "./health-events.ts";
import type { NodeView, PodView, WorkloadView } from "./views.ts";

const component = "plinth-node-health";
/** Says in the object who owns what is written. */
const manager = `fieldManager=${component}`;

/** Whether the action was done; otherwise why not, for the log. */
export type Outcome = { readonly isDone: true } | { readonly isDone: false; readonly why: string };

export async function perform(api: KubeApi, action: Action): Promise<Outcome> {
  try {
    await attempt(api, action);
    return { isDone: true };
  } catch (error) {
    // Somebody was faster, or a disruption budget says no: the next look decides with what is then true.
    if (error instanceof KubeApiError) return { isDone: false, why: `${error.status} ${error.message}` };
    return { isDone: false, why: (error as Error).message };
  }
}

async function attempt(api: KubeApi, action: Action): Promise<void> {
  if (action.kind === "mark") return mark(api, action);
  if (action.kind === "resume") return patchWorkload(api, action.workload, true, null);
  // What was seen may be old; that a node is gone is asked once more before anything is ended by force.
  const node = action.kind === "requeue" ? action.node : action.pod.node;
  if (action.isGone && (await exists(api, `/api/v1/nodes/${node}`))) return;
  if (action.kind === "evict") return evict(api, action.pod, action.isGone);
  await patchWorkload(api, action.workload, false, node);
  const object = { kind: "Workload", apiVersion: workloadVersion, ...action.workload };
  const message = `taken from node ${node}, to start whole elsewhere`;
  await record(api, object, { type: "Warning", reason: "GangRequeued", message });
}

async function mark(api: KubeApi, { node, patch, events }: Extract<Action, { kind: "mark" }>): Promise<void> {
  await api.mergePatch(`/api/v1/nodes/${node.name}?${manager}`, patch);
  for (const event of events) await record(api, nodeObject(node), event);
}

function nodeObject({ name, uid }: NodeView) {
  return { kind: "Node", apiVersion: "v1", name, uid, namespace: "" };
}

const workloadVersion = "kueue.x-k8s.io/v1beta2";

/** One patch for both, so that no crash leaves a gang stopped that nobody starts again. */
async function patchWorkload(api: KubeApi, workload: WorkloadView, active: boolean, from: string | null) {
  const { namespace, name, resourceVersion } = workload;
  await api.mergePatch(`/apis/${workloadVersion}/namespaces/${namespace}/workloads/${name}?${manager}`, {
    metadata: { resourceVersion, annotations: { [platformLabels.requeuedFrom]: from } },
    spec: { active },
  });
}

async function evict(api: KubeApi, { namespace, name, uid }: PodView, isGone: boolean): Promise<void> {
  const eviction = {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { name, namespace },
    deleteOptions: { preconditions: { uid }, ...(isGone ? { gracePeriodSeconds: 0 } : {}) },
  };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  await api.create(`${path}/eviction`, eviction).catch(ignoreMissing);
  if (!isGone) return;
  // Nobody is left to say how it ended, and a Job may keep a pod until somebody does.
  await api
    .mergePatch(`${path}/status?${manager}`, { metadata: { uid }, status: ended })
    .catch(ignoreMissing);
}

const ended = { phase: "Failed", reason: "NodeGone", message: "its node is gone" };

async function exists(api: KubeApi, path: string): Promise<boolean> {
  return (await api.get(path).catch(ignoreMissing)) !== undefined;
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof KubeApiError && error.status === 404) return undefined;
  throw error;
}

interface EventObject {
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly uid?: string;
  readonly namespace: string;
}

/** Events of what has no namespace stand in `default`, where those of kubelets do. */
async function record(api: KubeApi, object: EventObject, event: HealthEvent): Promise<void> {
  const namespace = object.namespace || "default";
  const { kind, apiVersion, name, uid } = object;
  const time = new Date().toISOString();
  await api.create(`/api/v1/namespaces/${namespace}/events`, {
    apiVersion: "v1",
    kind: "Event",
    metadata: { generateName: `${name}.`, namespace },
    involvedObject: { kind, apiVersion, name, uid, namespace: object.namespace },
    ...event,
    source: { component },
    reportingComponent: component,
    reportingInstance: component,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  });
}
