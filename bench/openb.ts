/** How much of a GPU cluster of production is allocated when more is asked for than it has? */
import { z } from "zod";
import { workloadMix } from "../embedded/scheduler-extender/workload-mix.ts";
import { machine, rounded } from "./support/measure.ts";
import { arrivals } from "./support/openb/arrivals.ts";
import { policies } from "./support/openb/policies.ts";
import { publishedFigures } from "./support/openb/published.ts";
import { type Replay, replay } from "./support/openb/replay.ts";
import { SeededRandom } from "./support/openb/seeded-random.ts";
import { readNodes, readPods, type TraceFiles, traceFiles } from "./support/openb/trace.ts";
import { BenchRefusal, type Options, type Table } from "./support/table.ts";

export const options: Options = {
  /** A list of the trace by name, such as default, or the path of a file in its format. */
  list: { type: "string", default: "default" },
  /** How many orders of arrival the figures are means over. */
  seeds: { type: "string", default: "10" },
};

const given = z.object({
  list: z.string().min(1),
  seeds: z.coerce.number().int().min(1).max(100),
});

/** The published figures are means over the seeds 42 to 51; the generator is another, so orders differ. */
const firstSeed = 42;

export async function run(values: Readonly<Record<string, unknown>>): Promise<Table> {
  const { list, seeds } = parsed(values);
  const files = traceFiles(list);
  const rows = policyRows(files, seeds);
  const own = rows[rows.length - 1];
  return {
    question: `How much is allocated when pods of "${list}" ask for 130 % of the cluster's accelerators?`,
    machine: machine(),
    rows,
    notes: [
      `Means over ${seeds} orders of arrival, seeds ${firstSeed} to ${firstSeed + seeds - 1}.`,
      "Published: Weng et al., USENIX ATC 2023, whose simulator the first three policies follow.",
      "secondsPerPod is the policy's own time in this simulation; no API server takes part.",
    ],
    summary: { list, ...own },
  };
}

function parsed(values: unknown): z.output<typeof given> {
  const result = given.safeParse(values);
  if (result.success) return result.data;
  throw new BenchRefusal(z.prettifyError(result.error));
}

function policyRows(files: TraceFiles, seeds: number) {
  const nodes = readNodes(files.nodes);
  const pods = readPods(files.pods);
  const mix = workloadMix(pods);
  const published = publishedFigures(files.published, files.workload);
  const perSeed = Array.from({ length: seeds }, (_, index) => {
    const random = new SeededRandom(firstSeed + index);
    const arriving = arrivals(pods, nodes, random);
    const order = random.shuffled(nodes);
    return policies(mix, random).map((policy) => ({
      policy,
      result: replay(order, arriving, policy, mix, random),
    }));
  });
  return (perSeed[0] ?? []).map(({ policy }, index) => {
    const results = perSeed.flatMap((row) => row[index]?.result ?? []);
    const mean = (of: (result: Replay) => number) =>
      results.reduce((sum, result) => sum + of(result), 0) / results.length;
    const theirs = published.get(policy.published ?? "");
    return {
      policy: policy.name,
      allocationPercentAt130: rounded(mean(({ allocationPercent }) => allocationPercent)),
      publishedAllocation: theirs ? rounded(theirs.allocationPercent) : "",
      fragmentPercentAt130: rounded(mean(({ fragmentPercent }) => fragmentPercent)),
      publishedFragment: theirs ? rounded(theirs.fragmentPercent) : "",
      rejectedPods: Math.round(mean(({ rejectedPods }) => rejectedPods)),
      secondsPerPod: rounded(
        mean(({ secondsPerPod }) => secondsPerPod),
        6,
      ),
    };
  });
}
