/**
 * A load's figures under the names of vLLM's own bench, so that what reads its results reads these
 * (vllm-project/vllm, vllm/benchmarks/serve.py; 2026-08).
 */
import type { LoadSample } from "./load-run.ts";

/** Milliseconds that a request may take, each where it is told. */
export type Objectives = Readonly<Partial<Record<"ttft" | "tpot" | "e2el", number>>>;

export interface LoadReport {
  readonly duration: number;
  readonly completed: number;
  readonly failed: number;
  readonly total_input_tokens: number;
  readonly total_output_tokens: number;
  readonly request_throughput: number;
  /** Requests a second that met every objective; null where there is none. */
  readonly request_goodput: number | null;
  readonly output_throughput: number;
  readonly total_token_throughput: number;
  /** mean, median, std, p50, p90 and p99 of ttft, tpot, itl and e2el, such as `p99_ttft_ms`. */
  readonly [figure: string]: number | null | Readonly<Record<string, number>>;
  /** How often each went wrong. */
  readonly errors: Readonly<Record<string, number>>;
}

const percents = [50, 90, 99] as const;

/** Between the two values next to its rank, in proportion (numpy's default); 0 of none. */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(rank)] ?? 0;
  const above = sorted[Math.ceil(rank)] ?? 0;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** Milliseconds of one request. */
function latenciesOf({ startSeconds, pieceSeconds, endSeconds, answerTokens }: LoadSample) {
  const first = pieceSeconds[0] ?? endSeconds;
  const e2el = (endSeconds - startSeconds) * 1000;
  const ttft = (first - startSeconds) * 1000;
  const tpot = answerTokens > 1 ? (e2el - ttft) / (answerTokens - 1) : undefined;
  const itl = pieceSeconds.slice(1).map((at, index) => (at - (pieceSeconds[index] ?? 0)) * 1000);
  return { ttft, tpot, itl, e2el };
}

type Latencies = ReturnType<typeof latenciesOf>;

/** `seconds`: from the beginning to the end of the last request. */
export function loadReport(
  samples: readonly LoadSample[],
  objectives: Objectives,
  seconds: number,
): LoadReport {
  const whole = samples.filter(({ error }) => error === undefined);
  const latencies = whole.map(latenciesOf);
  const input = whole.reduce((sum, { promptTokens }) => sum + promptTokens, 0);
  const output = whole.reduce((sum, { answerTokens }) => sum + answerTokens, 0);
  const perSecond = (count: number) => (seconds > 0 ? count / seconds : 0);
  const good = latencies.filter((one) => isGood(one, objectives)).length;
  return {
    duration: seconds,
    completed: whole.length,
    failed: samples.length - whole.length,
    total_input_tokens: input,
    total_output_tokens: output,
    request_throughput: perSecond(whole.length),
    request_goodput: Object.keys(objectives).length > 0 ? perSecond(good) : null,
    output_throughput: perSecond(output),
    total_token_throughput: perSecond(input + output),
    ...spread(
      "ttft",
      latencies.map(({ ttft }) => ttft),
    ),
    // An answer of one token has no time for each further one: it meets any objective.
    ...spread(
      "tpot",
      latencies.flatMap(({ tpot }) => tpot ?? []),
    ),
    ...spread(
      "itl",
      latencies.flatMap(({ itl }) => itl),
    ),
    ...spread(
      "e2el",
      latencies.map(({ e2el }) => e2el),
    ),
    errors: errorsOf(samples),
  };
}

function isGood({ ttft, tpot, e2el }: Latencies, objectives: Objectives): boolean {
  const meets = (value: number | undefined, most: number | undefined) =>
    value === undefined || most === undefined || value <= most;
  return meets(ttft, objectives.ttft) && meets(tpot, objectives.tpot) && meets(e2el, objectives.e2el);
}

function spread(name: string, values: readonly number[]): Record<string, number> {
  const sorted = [...values].sort((a, b) => a - b);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / Math.max(1, sorted.length);
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, sorted.length);
  return {
    [`mean_${name}_ms`]: mean,
    [`median_${name}_ms`]: percentile(sorted, 50),
    [`std_${name}_ms`]: Math.sqrt(variance),
    ...Object.fromEntries(percents.map((of) => [`p${of}_${name}_ms`, percentile(sorted, of)])),
  };
}

function errorsOf(samples: readonly LoadSample[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { error } of samples) if (error !== undefined) counts[error] = (counts[error] ?? 0) + 1;
  return counts;
}
