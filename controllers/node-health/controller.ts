/** Looks, decides and acts whenever something changes or a time has come, one round after another. */
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { ClusterView } from "./cluster-view.ts";
import { decide } from "./decide.ts";
import { perform } from "./perform.ts";
import type { NodeHealthSettings } from "./settings.ts";

/** Changes come in bursts; one round answers all of a burst. */
const pauseMs = 100;
/** After this long it looks again in any case: what was refused may be allowed by now. */
const retryMs = 3_000;

export class NodeHealthController {
  private readonly api: KubeApi;
  private readonly settings: NodeHealthSettings;
  private readonly log: (message: string) => void;
  private readonly view: ClusterView;
  private wake = Promise.withResolvers<void>();

  constructor(api: KubeApi, settings: NodeHealthSettings, log: (message: string) => void) {
    this.api = api;
    this.settings = settings;
    this.log = log;
    this.view = new ClusterView(() => this.wake.resolve());
  }

  /** Works until `signal` aborts; fails if the API server forbids what it needs. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.view.follow(this.api, signal), this.rounds(signal)]);
  }

  private async rounds(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.wake.resolve());
    while (!signal.aborted) {
      this.wake = Promise.withResolvers<void>();
      const waitMs = await this.round();
      const timer = new AbortController();
      await Promise.race([
        this.wake.promise,
        sleep(waitMs, undefined, { signal: timer.signal }).catch(() => undefined),
      ]);
      timer.abort();
      await sleep(pauseMs);
    }
  }

  /** How long nothing has to be done unless something changes. */
  private async round(): Promise<number> {
    const { world } = this.view;
    if (!world) return retryMs;
    const { actions, wakeAt } = decide(world, this.settings, new Date());
    for (const action of actions) {
      const outcome = await perform(this.api, action);
      this.log(`${describe(action)}: ${outcome.isDone ? "done" : outcome.why}`);
    }
    const dueMs = wakeAt === undefined ? Number.POSITIVE_INFINITY : wakeAt.getTime() - Date.now();
    return Math.max(0, Math.min(dueMs, retryMs));
  }
}

function describe(action: ReturnType<typeof decide>["actions"][number]): string {
  if (action.kind === "mark") {
    return `node ${action.node.name}: ${action.events.map(({ reason }) => reason).join(", ") || "update"}`;
  }
  const { namespace, name } = action.kind === "evict" ? action.pod : action.workload;
  return `${action.kind} ${namespace}/${name}`;
}
