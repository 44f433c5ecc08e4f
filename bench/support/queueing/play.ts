/** Submits gangs as they arrive and follows their pods: who waited how long, and what was held in vain. */
import { globSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { simulationAnnotations } from "../../../components/catalogue/labels.ts";
import type { BackendName } from "../../../components/scheduling/backend.ts";
import { GangWatch, type Pod } from "../../../test/support/gang-watch.ts";
import { gangJob, volcanoGangJob } from "../../../test/support/gangs.ts";
import type { TestPlatform } from "../../../test/support/platform.ts";
import { type ArrivingGang, quotas } from "./workload.ts";

export interface PlayedGangs {
  /** Seconds from a gang's arrival until its last start as a whole. */
  readonly waits: readonly number[];
  readonly makespanSeconds: number;
  /** Accelerator-seconds that pods held: in all, in gangs that were not whole, in pods that were evicted. */
  readonly held: { readonly all: number; readonly halved: number; readonly lost: number };
  /** Gangs that had to begin again. */
  readonly restarts: number;
}

const stallMs = 120_000;

interface Life {
  readonly gang: ArrivingGang;
  readonly arrivedAt: number;
  wholeAt: number | undefined;
  starts: number;
  isDone: boolean;
}
interface Holding {
  readonly accelerators: number;
  readonly since: number;
}

export async function playGangs(
  platform: TestPlatform,
  backend: Exclude<BackendName, "kai">,
  gangs: readonly ArrivingGang[],
): Promise<PlayedGangs> {
  const player = new GangPlayer(platform, backend);
  const started = Date.now();
  for (const gang of gangs) {
    await sleep(Math.max(0, started + gang.arrivesAt * 1000 - Date.now()));
    await player.submit(gang);
  }
  const ended = await player.finished();
  return player.result((ended - started) / 1000);
}

class GangPlayer {
  private readonly platform: TestPlatform;
  private readonly backend: BackendName;
  private readonly watches: GangWatch[];
  private readonly lives = new Map<string, Life>();
  private readonly holdings = new Map<string, Holding>();
  private readonly held = { all: 0, halved: 0, lost: 0 };
  private lookedAt = Date.now();
  private lastEnd = Date.now();

  constructor(platform: TestPlatform, backend: BackendName) {
    this.platform = platform;
    this.backend = backend;
    this.watches = Object.keys(quotas).map((team) => new GangWatch(platform.api, team, () => this.look()));
  }

  async submit(gang: ArrivingGang): Promise<void> {
    const life = { gang, arrivedAt: Date.now(), wholeAt: undefined, starts: 0, isDone: false };
    this.lives.set(gang.name, life);
    const isVolcano = this.backend === "volcano";
    const group = isVolcano ? "batch.volcano.sh/v1alpha1" : "batch/v1";
    const job = isVolcano ? volcanoGangJob(gang) : gangJob(gang);
    const annotations = { [simulationAnnotations.finishAfter]: `${gang.runSeconds}s` };
    const path = `/apis/${group}/namespaces/${gang.team}/jobs`;
    await this.platform.api.create(path, annotated(job, annotations));
  }

  async finished(): Promise<number> {
    while (![...this.lives.values()].every(({ isDone }) => isDone)) {
      await sleep(50);
      if (Date.now() - this.lastEnd > stallMs) throw new Error("gangs stopped ending");
    }
    await Promise.all(this.watches.map((watch) => watch.close()));
    return this.lastEnd;
  }

  result(makespanSeconds: number): PlayedGangs {
    const lives = [...this.lives.values()];
    return {
      waits: lives.map(({ arrivedAt, wholeAt }) => ((wholeAt ?? arrivedAt) - arrivedAt) / 1000),
      makespanSeconds,
      held: this.held,
      restarts: lives.reduce((sum, { starts }) => sum + starts - 1, 0),
    };
  }

  /** After each change of a pod: what was held since the last one, and by whom. */
  private look(): void {
    const now = Date.now();
    const seconds = (now - this.lookedAt) / 1000;
    this.lookedAt = now;
    for (const life of this.lives.values()) {
      if (life.isDone) continue;
      const pods = this.watches.flatMap((watch) => watch.podsOf(life.gang.name));
      const live = pods.filter(isLive);
      const isWhole = live.length === life.gang.nodes;
      const accelerators = live.length * life.gang.acceleratorsPerNode;
      this.held.all += accelerators * seconds;
      if (!isWhole) this.held.halved += accelerators * seconds;
      this.follow(life, pods, now);
      if (isWhole && life.wholeAt === undefined) {
        life.wholeAt = now;
        life.starts += 1;
      }
      if (life.wholeAt !== undefined && live.length === 0) life.wholeAt = undefined;
      const isDone = pods.filter(({ status }) => status?.phase === "Succeeded").length === life.gang.nodes;
      if (!isDone) continue;
      life.isDone = true;
      // Its pods ended by themselves: it last became whole as long ago as it ran.
      life.wholeAt = now - life.gang.runSeconds * 1000;
      this.lastEnd = now;
    }
  }

  /** A pod that goes before it succeeded held its accelerators in vain. */
  private follow({ gang }: Life, pods: readonly Pod[], now: number): void {
    const { acceleratorsPerNode: accelerators } = gang;
    for (const pod of pods) {
      const uid = pod.metadata.uid ?? "";
      const holding = this.holdings.get(uid);
      if (isLive(pod) && !holding) this.holdings.set(uid, { accelerators, since: now });
      if (!holding || isLive(pod)) continue;
      this.holdings.delete(uid);
      if (pod.status?.phase === "Succeeded") continue;
      this.held.lost += (holding.accelerators * (now - holding.since)) / 1000;
    }
  }
}

function isLive({ spec, status, metadata }: Pod): boolean {
  const hasEnded = status?.phase === "Succeeded" || status?.phase === "Failed";
  return spec?.nodeName !== undefined && metadata.deletionTimestamp === undefined && !hasEnded;
}

/** The job with these annotations on its pods. */
function annotated(job: ReturnType<typeof gangJob> | ReturnType<typeof volcanoGangJob>, annotations: object) {
  const copy = structuredClone(job) as {
    spec: { template?: Template; tasks?: { template: Template }[] };
  };
  const templates = [copy.spec.template, ...(copy.spec.tasks ?? []).map(({ template }) => template)];
  for (const template of templates) {
    if (template) template.metadata.annotations = { ...template.metadata.annotations, ...annotations };
  }
  return copy;
}

interface Template {
  metadata: { annotations?: object };
}

/** Resident memory and processor time of the programs on the host node: the queueing system's own. */
export function systemCost(platform: TestPlatform): { residentMiB: number; cpuSeconds: number } {
  const pids = globSync("pods/*/*.json", { cwd: platform.state.root }).map(
    (file) => JSON.parse(readFileSync(platform.state.path(file), "utf8")).pid as number,
  );
  const costs = pids.map((pid) => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    const residentKiB = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    // Fields 14 and 15 of proc(5), in hundredths of a second.
    return { residentMiB: residentKiB / 1024, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100 };
  });
  return {
    residentMiB: Math.round(costs.reduce((sum, { residentMiB }) => sum + residentMiB, 0)),
    cpuSeconds: costs.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
  };
}
