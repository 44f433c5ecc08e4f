/** Does Kueue keep its own published thresholds with queues of our component, and how does it grow? */
import { z } from "zod";
import { kueueDefaults } from "../components/scheduling/kueue-config.ts";
import type { KubeApi, KubeObject } from "../embedded/cluster/kube-api.ts";
import { TestPlatform } from "../test/support/platform.ts";
import {
  neededCoreMilliseconds,
  type PerformanceSet,
  readPerformanceSet,
  shrunk,
  workloadCount,
} from "./support/kueue-performance/configuration.ts";
import { startMinimalKueue } from "./support/kueue-performance/minimal-kueue.ts";
import { type Performance, play } from "./support/kueue-performance/run.ts";
import { machine, rounded } from "./support/measure.ts";
import type { Options, Table } from "./support/table.ts";

export const options: Options = {
  /** One of upstream's sets, or `growth`: the baseline with 100, 1,000 and 10,000 workloads. */
  set: { type: "string", default: "baseline" },
  /**
   * `whole`: Kueue as it is installed. `core`: without its webhooks, which no write then asks. `minimal`: the
   * program that upstream measures, its core controllers alone, in the place of the installed one.
   */
  controllers: { type: "string", default: "whole" },
  /** Requests of the installed Kueue a second, twice as many at once. Default: the component's, 300. */
  qps: { type: "string" },
};

const given = z.object({
  set: z.enum(["baseline", "tas", "large-scale", "growth"]),
  controllers: z.enum(["whole", "core", "minimal"]),
  qps: z.coerce.number().int().min(10).max(10_000).optional(),
});
type Given = z.output<typeof given>;
const sizes = [100, 1_000, 10_000];

export async function run(values: Readonly<Record<string, unknown>>): Promise<Table> {
  const asked = given.parse({ set: values.set, controllers: values.controllers, qps: values.qps });
  return asked.set === "growth" ? growth(asked) : thresholds(asked);
}

async function thresholds({ set: name, ...how }: Given): Promise<Table> {
  const set = readPerformanceSet(name);
  const { wallMs, workloads, use } = await onPlatform(set, how);
  const { cmd, clusterQueueClassesMinUsage, wlClassesMaxAvgTimeToAdmissionMs } = set.thresholds;
  const most = (figure: string, measured: number, limit: number) => row(figure, measured, "<=", limit);
  const evictions = workloads.reduce((sum, played) => sum + played.evictions, 0);
  return {
    question: `Does Kueue keep the published thresholds of "${name}" with queues of our component?`,
    machine: machine(),
    rows: [
      most("wall milliseconds", wallMs, cmd.maxWallMs),
      ...Object.entries(clusterQueueClassesMinUsage).map(([className, limit]) =>
        row(`average use of ${className}, %`, use.percentOf(nominalCores(set)), ">=", limit),
      ),
      {
        figure: "quota held, of cores and seconds that workloads run",
        measured: rounded(use.used / neededCoreMilliseconds(set), 2),
        threshold: "",
        holds: "",
      },
      ...Object.entries(wlClassesMaxAvgTimeToAdmissionMs).map(([className, limit]) =>
        most(`mean milliseconds to admission, ${className}`, meanAdmission(workloads, className), limit),
      ),
    ],
    notes: [
      `${workloads.length} workloads, ${evictions} evictions.`,
      controllerNotes[how.controllers],
      `The installed Kueue may make ${how.qps ?? kueueDefaults.clientConnection.qps} requests a second.`,
      "Upstream's thresholds were taken on its own machines, with 50 a second for each kind of object.",
    ],
  };
}

const controllerNotes: Record<Given["controllers"], string> = {
  whole: "Whole Kueue with webhooks and our configuration.",
  core: "Kueue with our configuration and without webhooks.",
  minimal: "Upstream's own program for these sets, which has no webhooks and no configuration.",
};

async function growth(how: Omit<Given, "set">): Promise<Table> {
  const whole = readPerformanceSet("baseline");
  const rows: Table["rows"][number][] = [];
  for (const size of sizes) {
    const set = shrunk(whole, size / workloadCount(whole));
    const { wallMs, workloads } = await onPlatform(set, how);
    const classes = ["small", "medium", "large"].map((name) => [
      `${name}AdmissionMs`,
      Math.round(meanAdmission(workloads, name)),
    ]);
    rows.push({
      workloads: workloads.length,
      seconds: rounded(wallMs / 1000, 1),
      perSecond: rounded((workloads.length * 1000) / wallMs, 1),
      ...Object.fromEntries(classes),
    });
  }
  return {
    question: "How does Kueue grow with the number of workloads, in the 30 queues of its baseline?",
    machine: machine(),
    rows,
    notes: ["Mean milliseconds from creation to admission by class; large preempt medium, medium small."],
  };
}

async function onPlatform(
  set: PerformanceSet,
  { controllers, qps }: Omit<Given, "set">,
): Promise<Performance> {
  const platform = new TestPlatform();
  let end = async () => {};
  try {
    // Brings Kueue up as the shipped stack has it; its one pool has nothing to do with the set.
    const stack = platform.stackFile({
      environment: "local",
      pools: [{ name: "idle", accelerator: "nvidia-l4", nodes: 1, acceleratorsPerNode: 8 }],
      queueing: { cohorts: ["idle"], ...(qps && { clientConnection: { qps, burst: 2 * qps } }) },
    });
    await platform.must("up", "--json", "--stack-file", stack);
    if (controllers !== "whole") await removeWebhooks(platform.api);
    if (controllers === "minimal") {
      end = await startMinimalKueue(platform, set.generator.topology !== undefined);
    }
    return await play(platform.api, set);
  } finally {
    await end();
    await platform.remove();
  }
}

async function removeWebhooks(api: KubeApi): Promise<void> {
  for (const kind of ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"]) {
    const path = `/apis/admissionregistration.k8s.io/v1/${kind}`;
    for (const { metadata } of await api.list<KubeObject>(path)) {
      await api.remove(`${path}/${metadata?.name}`);
    }
  }
}

function row(figure: string, measured: number, sign: "<=" | ">=", limit: number) {
  const holds = sign === "<=" ? measured <= limit : measured >= limit;
  return {
    figure,
    measured: rounded(measured, 1),
    threshold: `${sign} ${limit}`,
    holds: holds ? "yes" : "no",
  };
}

function meanAdmission(workloads: Performance["workloads"], className: string): number {
  const own = workloads.filter((played) => played.className === className);
  return own.reduce((sum, { admissionMs }) => sum + admissionMs, 0) / own.length;
}

function nominalCores({ generator }: PerformanceSet): number {
  return generator.cohorts.reduce(
    (sum, { count, queuesSets }) =>
      sum + count * queuesSets.reduce((total, queues) => total + queues.count * queues.nominalQuota, 0),
    0,
  );
}
