/** Mixes of gangs drawn from a seed, played in one pool: who was ever half-held, and who came to an end. */
import { simulationAnnotations } from "../../components/catalogue/labels.ts";
import { seededRandom } from "../../components/planning/random.ts";
import type { BackendName } from "../../components/scheduling/backend.ts";
import { type KubeApi, KubeApiError } from "../../embedded/cluster/kube-api.ts";
import { GangWatch, isDecided, type Pod } from "./gang-watch.ts";
import { type Gang, gangJob, unqueuedGangJob, volcanoGangJob } from "./gangs.ts";
import { eventually } from "./platform.ts";

type Shape = Pick<Gang, "nodes" | "acceleratorsPerNode"> & { readonly acceleratorsPerNode: number };

export interface PlayedMix {
  readonly submitted: number;
  readonly ended: number;
  /** The longest time that a gang had some of its nodes and not all. */
  readonly longestHalfMs: number;
}

/** The mixes of one lane; the same for the same lane on every machine. */
export function gangMixes(lane: number, count: number, nodes: number): Shape[][] {
  const random = seededRandom(lane + 1);
  const pick = (most: number) => 1 + Math.floor(random.next() * most);
  return Array.from({ length: count }, () =>
    Array.from({ length: 3 + pick(4) }, () => ({
      nodes: 1 + pick(nodes - 1),
      acceleratorsPerNode: random.next() < 0.5 ? 8 : 4,
    })),
  );
}

/** Nothing that could end a deadlock is left after this time. */
const deadlockMs = 2_000;
const mixTimeoutMs = 180_000;

interface Running {
  readonly gang: Gang;
  halfSince: number | undefined;
  longestHalfMs: number;
  hasEnded: boolean;
}

/** One pool, one mix after the other. A gang computes only as a whole, and ends as soon as it is whole. */
export class GangMix {
  private readonly api: KubeApi;
  private readonly namespace: string;
  private readonly pool: string;
  private readonly system: BackendName | "none";
  private readonly watch: GangWatch;
  private running: Running[] = [];
  private turn = 0;

  constructor(api: KubeApi, namespace: string, pool: string, system: BackendName | "none") {
    this.api = api;
    this.namespace = namespace;
    this.pool = pool;
    this.system = system;
    this.watch = new GangWatch(api, namespace, () => this.look());
  }

  async play(shapes: readonly Shape[]): Promise<PlayedMix> {
    const turn = this.turn;
    this.turn += 1;
    this.running = shapes.map((shape, index) => ({
      gang: { ...shape, name: `${this.pool}-${turn}-${index}`, team: this.namespace, pool: this.pool },
      halfSince: undefined,
      longestHalfMs: 0,
      hasEnded: false,
    }));
    await Promise.all(this.running.map(({ gang }) => this.submit(gang)));
    let stuckSince: number | undefined;
    await eventually(
      async () => this.running.every(({ hasEnded }) => hasEnded) || this.isStuck(),
      (isOver) => {
        if (!isOver) stuckSince = undefined;
        else stuckSince ??= Date.now();
        const isStuck = this.running.some(({ hasEnded }) => !hasEnded);
        return isOver && (!isStuck || Date.now() - (stuckSince ?? 0) > deadlockMs);
      },
      mixTimeoutMs,
    );
    const played = {
      submitted: shapes.length,
      ended: this.running.filter(({ hasEnded }) => hasEnded).length,
      longestHalfMs: Math.max(...this.running.map(({ longestHalfMs }) => longestHalfMs)),
    };
    await this.clear();
    return played;
  }

  close(): Promise<void> {
    return this.watch.close();
  }

  /** Gangs that come at once count against one quota; who counted on an old state of it asks again. */
  private submit(gang: Gang): Promise<unknown> {
    const [group, job] =
      this.system === "volcano"
        ? ["batch.volcano.sh/v1alpha1", volcanoGangJob(gang)]
        : ["batch/v1", this.system === "none" ? unqueuedGangJob(gang) : gangJob(gang)];
    const create = () => this.api.create(`/apis/${group}/namespaces/${this.namespace}/jobs`, job);
    const unlessOutdated = (error: unknown) => {
      if (error instanceof KubeApiError && error.message.includes("resourcequotas")) return undefined;
      throw error;
    };
    return eventually(
      () => create().catch(unlessOutdated),
      (created) => created !== undefined,
    );
  }

  /** After each change of a pod: what each gang holds now. */
  private look(): void {
    const now = Date.now();
    for (const state of this.running) {
      if (state.hasEnded) continue;
      const pods = this.watch.podsOf(state.gang.name).filter(isBound);
      if (pods.length === state.gang.nodes) {
        state.hasEnded = true;
        for (const pod of pods) void this.finish(pod);
      }
      const isHalf = pods.length > 0 && pods.length < state.gang.nodes;
      if (isHalf) state.halfSince ??= now;
      else {
        if (state.halfSince) state.longestHalfMs = Math.max(state.longestHalfMs, now - state.halfSince);
        state.halfSince = undefined;
      }
    }
  }

  /** Without gangs: every pod was decided about, nobody is whole and some hold parts. */
  private isStuck(): boolean {
    if (this.system !== "none") return false;
    const open = this.running.filter(({ hasEnded }) => !hasEnded);
    const pods = open.flatMap(({ gang }) => this.watch.podsOf(gang.name));
    const wanted = open.reduce((sum, { gang }) => sum + gang.nodes, 0);
    const isSettled = this.running
      .filter(({ hasEnded }) => hasEnded)
      .every(({ gang }) => this.watch.podsOf(gang.name).every(({ status }) => status?.phase === "Succeeded"));
    return open.length > 0 && isSettled && pods.length === wanted && pods.every(isDecided);
  }

  private async finish(pod: Pod): Promise<void> {
    const path = `/api/v1/namespaces/${this.namespace}/pods/${pod.metadata.name}`;
    const annotations = { [simulationAnnotations.finishAfter]: "1ms" };
    await this.api.mergePatch(path, { metadata: { annotations } }).catch(() => undefined);
  }

  private async clear(): Promise<void> {
    const group = this.system === "volcano" ? "batch.volcano.sh/v1alpha1" : "batch/v1";
    const body = { propagationPolicy: "Background", gracePeriodSeconds: 0 };
    for (const { gang } of this.running) {
      await this.api.remove(`/apis/${group}/namespaces/${this.namespace}/jobs/${gang.name}`, body);
    }
    await eventually(
      async () => this.running.flatMap(({ gang }) => this.watch.podsOf(gang.name)).length,
      (left) => left === 0,
      60_000,
    );
  }
}

function isBound({ spec, metadata }: Pod): boolean {
  return spec?.nodeName !== undefined && metadata.deletionTimestamp === undefined;
}
