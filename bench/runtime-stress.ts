/** What does the runtime keep of its promises when it is asked by many, badly, too often, and for long? */
import { tinyModelDirectory } from "../runtime/tiny/tiny-directory.ts";
import { machine, rounded, seconds } from "./support/measure.ts";
import { drainPhase } from "./support/runtime-load/drain-phase.ts";
import { memoryPhase } from "./support/runtime-load/memory-phase.ts";
import { mixedPhase } from "./support/runtime-load/mixed-phase.ts";
import { type FirstTokenFigures, overloadPhase } from "./support/runtime-load/overload-phase.ts";
import { type Check, StressedRuntime, within } from "./support/runtime-load/stressed-runtime.ts";
import { BenchRefusal, type Options, type Table } from "./support/table.ts";

export const options: Options = {
  /** Of the mixed load; a tenth of them measures the overload. */
  requests: { type: "string", default: "2000" },
  /** Of a further mixed load, whose memory is measured. */
  minutes: { type: "string", default: "0" },
  seed: { type: "string", default: "1" },
  /** Default: the tiny one. */
  model: { type: "string" },
};

/** For a process with nothing to do, on a machine that has much to do. */
const stopSeconds = 20;

/** One thing that was counted or measured. */
type Row = Readonly<Record<"load" | "what" | "wanted" | "isKept", string>> & { readonly found: number };

export async function run(values: Readonly<Record<string, unknown>>): Promise<Table> {
  const requests = wholeNumber(values, "requests", 1);
  const minutes = wholeNumber(values, "minutes", 0);
  const seed = wholeNumber(values, "seed", 0);
  const model = typeof values.model === "string" ? values.model : await tinyModelDirectory();
  const overloads = Math.max(20, Math.min(200, Math.floor(requests / 10)));
  const notes: string[] = [];
  const rows = [
    ...(await mixedRows(model, requests, seed, notes)),
    ...(await overloadRows(model, overloads, "none")),
    ...(await overloadRows(model, overloads, "default")),
    ...(await drainRows(model)),
    ...(minutes > 0 ? await memoryRows(model, seed + 1, minutes, notes) : []),
  ];
  const broken = rows.filter(({ isKept }) => isKept === "no").length;
  return {
    question: "What does the runtime keep of its promises under stress?",
    machine: machine(),
    rows,
    notes: [`${broken} of ${rows.length} counts are not what they have to be.`, ...notes],
    summary: { broken },
  };
}

async function mixedRows(model: string, requests: number, seed: number, notes: string[]): Promise<Row[]> {
  const stressed = await StressedRuntime.start(model);
  const hasMore = (sent: number) => sent < requests;
  const phase = await stressed.whileItRuns(() => mixedPhase(stressed, { seed, hasMore }));
  const { tally, checks, distinctAnswers, preemptions } = phase;
  const stopping = await seconds(() => stressed.stop());
  notes.push(...tally.wrongs);
  const row = rowsOf("mixed");
  return [
    ...figures(row, {
      requests: tally.sent,
      "own answers": tally.right,
      "clients that left": tally.left,
      "no requests at all, refused": tally.refusedAsWrong,
      "answers that differ from each other": distinctAnswers,
      preemptions,
    }),
    ...[
      ...checks,
      within("seconds until it ended when nothing was open", rounded(stopping), 0, stopSeconds),
    ].map((check) => row(check)),
  ];
}

async function overloadRows(model: string, requests: number, queue: "none" | "default"): Promise<Row[]> {
  const phase = await overloadPhase(model, requests, queue);
  const { settings, checks, capacityPerSecond, letIn, sentAway, ...times } = phase;
  const row = rowsOf(`ten times too many, ${settings}`);
  return [
    ...figures(row, {
      "requests a second that are served": rounded(capacityPerSecond, 1),
      "let in": letIn,
      "sent away": sentAway,
      ...firstTokenRows("the client heard", times.heard),
      ...firstTokenRows("the server told", times.told),
    }),
    ...checks.map((check) => row(check)),
  ];
}

function firstTokenRows(who: string, figures: FirstTokenFigures): Record<string, number> {
  const { full, overloaded, ratio, slowRatio, slowestRatio, worstRatio } = figures;
  return {
    [`ms to the first token, as many clients as places, as ${who}`]: rounded(full, 1),
    [`ms to the first token, overloaded, as ${who}`]: rounded(overloaded, 1),
    [`overloaded of not overloaded, median of turns, as ${who}`]: rounded(ratio),
    [`the same of the slowest tenth, as ${who}`]: rounded(slowRatio),
    [`the same of the slowest hundredth, all turns together, as ${who}`]: rounded(slowestRatio),
    [`the slowest turn's, as ${who}`]: rounded(worstRatio),
  };
}

async function drainRows(model: string): Promise<Row[]> {
  const { checks, finished, refused, unconnected, seconds: took } = await drainPhase(model);
  const row = rowsOf("SIGTERM under load");
  const counts = { finished, "refused or ended with a reason": refused, "not connected": unconnected };
  return [...figures(row, { ...counts, seconds: rounded(took) }), ...checks.map((check) => row(check))];
}

async function memoryRows(model: string, seed: number, minutes: number, notes: string[]): Promise<Row[]> {
  const { tally, checks, processes } = await memoryPhase(model, seed, minutes);
  notes.push(...tally.wrongs);
  const row = rowsOf(`mixed, ${minutes} minutes`);
  const grown = processes.flatMap(({ process, ...sizes }) =>
    Object.entries(sizes).map(([name, size]) => [`${process} ${name} (MiB)`, rounded(size, 1)] as const),
  );
  const counts = { requests: tally.sent, "own answers": tally.right };
  return [...figures(row, { ...counts, ...Object.fromEntries(grown) }), ...checks.map((check) => row(check))];
}

function rowsOf(load: string): (check: Check) => Row {
  return ({ check, wanted, found, isKept }) => ({
    load,
    what: check,
    wanted,
    found,
    isKept: wanted === "" ? "" : isKept ? "yes" : "no",
  });
}

/** What is told without being asked for. */
function figures(row: (check: Check) => Row, values: Readonly<Record<string, number>>): Row[] {
  return Object.entries(values).map(([check, found]) => row({ check, wanted: "", found, isKept: true }));
}

function wholeNumber(values: Readonly<Record<string, unknown>>, name: string, least: number): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new BenchRefusal(`--${name}: ${values[name]}, where a whole number from ${least} on is wanted`);
}
