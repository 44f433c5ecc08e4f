/** Plays a performance set: makes workloads on time, lets admitted ones run their time, writes down when. */
import { setTimeout as sleep } from "node:timers/promises";
import { type KubeApi, KubeApiError, type KubeObject } from "../../../embedded/cluster/kube-api.ts";
import type { PerformanceSet, PerformanceWorkload } from "./configuration.ts";
import { type Created, nodeObjects, queueObjects, type Stream, workloadObject } from "./objects.ts";
import { type ClusterQueueState, QueueUse } from "./queue-use.ts";

export interface Played {
  readonly className: string;
  /** Milliseconds from when the API server had it to its last admission, as a watch tells them. */
  readonly admissionMs: number;
  readonly evictions: number;
}

export interface Performance {
  readonly wallMs: number;
  readonly workloads: readonly Played[];
  readonly use: QueueUse;
}

interface Condition {
  readonly type: string;
  readonly status: string;
}
interface Workload extends KubeObject {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion: string };
  readonly status?: { readonly conditions?: readonly Condition[] };
}
type ClusterQueue = KubeObject & ClusterQueueState;
interface Life {
  readonly workload: PerformanceWorkload;
  /** When the API server had it: what a request waits there before is not Kueue's. */
  createdAt: number | undefined;
  admittedAt: number | undefined;
  admissionMs: number;
  evictions: number;
  isFinished: boolean;
}

const workloads = "/apis/kueue.x-k8s.io/v1beta2/workloads";
const clusterQueues = "/apis/kueue.x-k8s.io/v1beta2/clusterqueues";
/** More at once would only queue in the API server. */
const parallel = 16;
const stallMs = 120_000;
const attempts = 5;

export async function play(api: KubeApi, set: PerformanceSet): Promise<Performance> {
  const create = ({ path, body }: Created) => api.create(path, body);
  const nodes = nodeObjects(set);
  await eachOf(nodes, create);
  // The API server taints what is new until a controller, which may be stopped, has seen that it is ready.
  await eachOf(nodes, ({ path, name }) => api.mergePatch(`${path}/${name}`, { spec: { taints: null } }));
  const { objects, streams } = queueObjects(set);
  const isNamespace = ({ path }: Created) => path === "/api/v1/namespaces";
  await eachOf(objects.filter(isNamespace), create);
  // The other kinds refer to each other, but Kueue takes them in any order.
  await eachOf(
    objects.filter((object) => !isNamespace(object)),
    create,
  );
  const player = new Player(api);
  const stop = new AbortController();
  const use = new QueueUse();
  const watching = [
    watch<Workload>(api, workloads, (workload) => player.see(workload), stop.signal),
    watch<ClusterQueue>(api, clusterQueues, (queue) => use.see(queue, performance.now()), stop.signal),
  ];
  const started = performance.now();
  await Promise.all(streams.map((stream, index) => player.feed(stream, index)));
  await player.finished();
  const wallMs = performance.now() - started;
  stop.abort();
  await Promise.all(watching);
  return { wallMs, workloads: player.played(), use };
}

/** A watch that fell behind is cut off: what it missed is in the next list. */
function watch<T extends KubeObject>(
  api: KubeApi,
  path: string,
  see: (object: T) => void,
  signal: AbortSignal,
): Promise<void> {
  const handlers = {
    onList: (list: T[]) => {
      for (const object of list) see(object);
    },
    onEvent: (event: { object: T }) => see(event.object),
  };
  return api.watch<T>(path, "", handlers, signal);
}

class Player {
  private readonly api: KubeApi;
  private readonly lives = new Map<string, Life>();
  private lastEnd = performance.now();
  private open = 0;

  constructor(api: KubeApi) {
    this.api = api;
  }

  async feed({ namespace, intervalMs, count, workloads: kinds }: Stream, index: number): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) {
      for (const [place, workload] of kinds.entries()) {
        await sleep(intervalMs);
        const name = `${workload.className}-${index}-${turn}-${place}`;
        const { path, body } = workloadObject(namespace, name, workload);
        const unborn = { createdAt: undefined, admittedAt: undefined };
        const life: Life = { workload, ...unborn, admissionMs: 0, evictions: 0, isFinished: false };
        this.lives.set(`${namespace}/${name}`, life);
        this.open += 1;
        await asked(() => this.api.create(path, body));
        life.createdAt ??= performance.now();
      }
    }
  }

  see(object: Workload): void {
    const { namespace, name } = object.metadata;
    const life = this.lives.get(`${namespace}/${name}`);
    const holds = (type: string) =>
      object.status?.conditions?.some((row) => row.type === type && row.status === "True") ?? false;
    if (!life || life.isFinished) return;
    life.createdAt ??= performance.now();
    if (holds("Finished")) this.end(life);
    else if (holds("Evicted") && holds("QuotaReserved")) void this.release(object, life);
    else if (holds("Admitted") && life.admittedAt === undefined) this.admit(object, life, life.createdAt);
  }

  /** Until all that was made has ended; fails if nothing ends for long. */
  async finished(): Promise<void> {
    // While workloads are still made, a full API server may let none end.
    this.lastEnd = performance.now();
    while (this.open > 0) {
      await sleep(50);
      if (performance.now() - this.lastEnd > stallMs) throw new Error(`${this.open} workloads never ended`);
    }
  }

  played(): Played[] {
    return [...this.lives.values()].map(({ workload, admissionMs, evictions }) => ({
      className: workload.className,
      admissionMs,
      evictions,
    }));
  }

  private admit(object: Workload, life: Life, createdAt: number): void {
    const admittedAt = performance.now();
    life.admittedAt = admittedAt;
    life.admissionMs = admittedAt - createdAt;
    setTimeout(() => {
      // Evicted meanwhile: its time begins anew.
      if (life.admittedAt === admittedAt) void this.finish(object);
    }, life.workload.runtimeMs);
  }

  private finish({ metadata }: Workload): Promise<unknown> {
    const condition = {
      type: "Finished",
      status: "True",
      reason: "Succeeded",
      message: "its time is over",
      lastTransitionTime: new Date().toISOString(),
    };
    const { name, namespace } = metadata;
    const body = { apiVersion: "kueue.x-k8s.io/v1beta2", kind: "Workload", metadata: { name, namespace } };
    return asked(() =>
      this.api.apply(statusPath(metadata), { ...body, status: { conditions: [condition] } }),
    );
  }

  /** What the reconciler of a job does once its pods are gone. */
  private async release(object: Workload, life: Life): Promise<void> {
    if (life.admittedAt !== undefined) {
      life.evictions += 1;
      life.admittedAt = undefined;
    }
    const now = new Date().toISOString();
    const conditions = object.status?.conditions?.map((condition) =>
      ["QuotaReserved", "Admitted"].includes(condition.type)
        ? { ...condition, status: "False", reason: "Pending", message: "evicted", lastTransitionTime: now }
        : condition,
    );
    const { resourceVersion } = object.metadata;
    const patch = { metadata: { resourceVersion }, status: { admission: null, conditions } };
    // Nothing else asks for it before the watch is listed anew, after minutes in which its quota is held.
    await asked(() => this.api.mergePatch(statusPath(object.metadata), patch)).catch(unlessChanged);
  }

  private end(life: Life): void {
    life.isFinished = true;
    this.lastEnd = performance.now();
    this.open -= 1;
  }
}

function statusPath({ name, namespace }: Workload["metadata"]): string {
  return `/apis/kueue.x-k8s.io/v1beta2/namespaces/${namespace}/workloads/${name}/status`;
}

async function eachOf<T>(list: readonly T[], ask: (one: T) => Promise<unknown>): Promise<void> {
  // One iterator for all who work: each takes the next.
  const waiting = list.values();
  const work = async () => {
    for (const one of waiting) await asked(() => ask(one));
  };
  await Promise.all(Array.from({ length: parallel }, work));
}

/** Another change came first: its event brings the workload here again. */
function unlessChanged(error: unknown): void {
  if (!(error instanceof KubeApiError && error.status === 409)) throw error;
}

/** An API server with much to do is late and lets connections go; what was asked of it may have been done. */
async function asked(ask: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await ask();
      return;
    } catch (error) {
      const isDone = attempt > 1 && error instanceof KubeApiError && error.status === 409;
      if (isDone) return;
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      const isLost = code === "ECONNRESET" || code === "ETIMEDOUT";
      const isLate = error instanceof KubeApiError && error.status === 504;
      if (!(isLost || isLate) || attempt === attempts) throw error;
      await sleep(attempt * 200);
    }
  }
}
