/** How much of a production cluster's accelerators is allocated when more is asked for than it has? */
import { z } from "zod";
import { schedulerNames } from "../components/catalogue/schedulers.ts";
import { workloadMix } from "../embedded/scheduler-extender/workload-mix.ts";
import { machine, rounded } from "./support/measure.ts";
import { arrivals } from "./support/openb/arrivals.ts";
import { policies } from "./support/openb/policies.ts";
import { type PublishedFigures, publishedFigures } from "./support/openb/published.ts";
import { type Replay, replay } from "./support/openb/replay.ts";
import { replayOnScheduler } from "./support/openb/scheduled-cluster.ts";
import { SeededRandom } from "./support/openb/seeded-random.ts";
import { readNodes, readPods, traceFiles } from "./support/openb/trace.ts";
import { BenchRefusal, type Options, type Table } from "./support/table.ts";

export const options: Options = {
  /** A list of the trace by name, such as default, or the path of a file in its format. */
  list: { type: "string", default: "default" },
  /** Simulation: the policies alone. Scheduler: a real kube-scheduler places the pods, for minutes. */
  backend: { type: "string", default: "simulation" },
  /** How many orders of arrival the figures are means over; 10 in the simulation, 1 on the scheduler. */
  seeds: { type: "string" },
  /** How many of the trace's nodes, drawn at random; all in the simulation, 121 on the scheduler. */
  nodes: { type: "string" },
  /** Ends after so many arrivals; the figures are then those of that moment. */
  pods: { type: "string" },
  /** On the scheduler, one profile instead of all. */
  profile: { type: "string" },
};

const positive = z.coerce.number().int().min(1);
const given = z.object({
  list: z.string().min(1),
  backend: z.enum(["simulation", "scheduler"]),
  seeds: positive.max(100).optional(),
  nodes: positive.optional(),
  pods: positive.optional(),
  profile: z.enum(Object.values(schedulerNames)).optional(),
});
type Given = z.output<typeof given>;

/** The published figures are means over the seeds 42 to 51; the generator is another, so orders differ. */
const firstSeed = 42;
const sampledNodes = 121;

/** What one seed gives: the same arrivals for every policy. */
interface Run {
  readonly policy: string;
  readonly published?: string | undefined;
  readonly result: Replay;
}

export async function run(values: Readonly<Record<string, unknown>>): Promise<Table> {
  const asked = parsed(values);
  const files = traceFiles(asked.list);
  const isReal = asked.backend === "scheduler";
  const seeds = asked.seeds ?? (isReal ? 1 : 10);
  const trace = { nodes: readNodes(files.nodes), pods: readPods(files.pods) };
  const perSeed: Run[][] = [];
  for (let index = 0; index < seeds; index += 1) {
    perSeed.push(await runSeed(asked, trace, firstSeed + index));
  }
  const isWhole = asked.nodes === undefined && asked.pods === undefined && !isReal;
  const published = isWhole ? publishedFigures(files.published, files.workload) : new Map();
  const rows = (perSeed[0] ?? []).map((first, index) =>
    tableRow(
      first,
      perSeed.flatMap((runs) => runs[index]?.result ?? []),
      published,
    ),
  );
  const nodes = asked.nodes ?? (isReal ? sampledNodes : trace.nodes.length);
  return {
    question:
      `How much is allocated when pods of "${asked.list}" ask for 130 % of the accelerators? ` +
      (isReal ? "Placed by a real kube-scheduler." : "Simulated: no kube-scheduler takes part."),
    machine: machine(),
    rows,
    notes: notes(asked, seeds),
    summary: {
      list: asked.list,
      backend: asked.backend,
      placedBy: isReal ? "kube-scheduler" : "simulation, without a kube-scheduler",
      nodes: Math.min(nodes, trace.nodes.length),
      orders: seeds,
      ...rows[rows.length - 1],
      secondsPerPodIs: secondsPerPodIs[asked.backend],
    },
  };
}

/** What the figure of that name is, which is not the same thing on the two. */
const secondsPerPodIs: Readonly<Record<Given["backend"], string>> = {
  simulation: "the policy's own time; no API server takes part",
  scheduler: "from sending the pod to the API server to knowing where it is placed",
};

function parsed(values: unknown): Given {
  const result = given.safeParse(values);
  if (result.success) return result.data;
  throw new BenchRefusal(z.prettifyError(result.error));
}

async function runSeed(
  asked: Given,
  trace: { nodes: ReturnType<typeof readNodes>; pods: ReturnType<typeof readPods> },
  seed: number,
): Promise<Run[]> {
  const random = new SeededRandom(seed);
  const mix = workloadMix(trace.pods);
  const sample = asked.nodes ?? (asked.backend === "scheduler" ? sampledNodes : trace.nodes.length);
  const isSampled = sample < trace.nodes.length;
  const nodes = isSampled ? random.shuffled(trace.nodes).slice(0, sample) : trace.nodes;
  const arriving = arrivals(trace.pods, nodes, random).slice(0, asked.pods);
  const order = random.shuffled(nodes);
  const simulated = policies(mix, random).map((policy) => ({
    policy: policy.name,
    published: policy.published,
    result: replay(order, arriving, policy, mix, random),
  }));
  if (asked.backend === "simulation") return simulated;
  const profiles = asked.profile ? [asked.profile] : Object.values(schedulerNames);
  const real: Run[] = [];
  for (const profile of profiles) {
    process.stderr.write(`${profile}: ${arriving.length} pods on ${order.length} nodes ...\n`);
    real.push({ policy: profile, result: await replayOnScheduler(order, arriving, profile, mix) });
  }
  return [...simulated, ...real];
}

function tableRow(
  { policy, published }: Run,
  results: readonly Replay[],
  figures: ReadonlyMap<string, PublishedFigures>,
) {
  const mean = (of: (result: Replay) => number) =>
    results.reduce((sum, result) => sum + of(result), 0) / results.length;
  const theirs = figures.get(published ?? "");
  return {
    policy,
    allocationPercentAt130: rounded(mean(({ allocationPercent }) => allocationPercent)),
    publishedAllocation: theirs ? rounded(theirs.allocationPercent) : "",
    fragmentPercentAt130: rounded(mean(({ fragmentPercent }) => fragmentPercent)),
    publishedFragment: theirs ? rounded(theirs.fragmentPercent) : "",
    arrivedPercent: rounded(
      mean(({ arrivedPercent }) => arrivedPercent),
      1,
    ),
    rejectedPods: Math.round(mean(({ rejectedPods }) => rejectedPods)),
    secondsPerPod: rounded(
      mean(({ secondsPerPod }) => secondsPerPod),
      6,
    ),
  };
}

function notes({ backend }: Given, seeds: number): string[] {
  const orders = `Means over seeds ${firstSeed} to ${firstSeed + seeds - 1}, each another order of arrival.`;
  const published =
    "Published: Weng et al., USENIX ATC 2023, whose simulator the first three policies follow.";
  const time = `secondsPerPod is ${secondsPerPodIs[backend]}.`;
  return [orders, published, time];
}
