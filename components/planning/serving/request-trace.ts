/** Requests that a service was really asked, as public traces record them, and what they say of its load. */
import type { Problem } from "../problem.ts";
import { sum } from "../sum.ts";
import type { Arrivals } from "./loaded-latency.ts";
import { percentile } from "./percentile.ts";

export interface TracedRequest {
  /** Since the first request. */
  readonly arrivalSeconds: number;
  readonly promptTokens: number;
  readonly answerTokens: number;
}

export interface RequestTrace {
  /** Oldest first. */
  readonly requests: readonly TracedRequest[];
  /** One for each line that cannot be read; the first line is 1. */
  readonly problems: readonly Problem[];
}

/**
 * Azure's CSV: TIMESTAMP, ContextTokens, GeneratedTokens. Mooncake's JSON lines: milliseconds and two
 * lengths.
 */
export type TraceFormat = "azure-csv" | "mooncake-jsonl";

interface Format {
  /** Lines before the first request. */
  readonly header: number;
  readonly allowed: string;
  readonly read: (line: string) => TracedRequest | undefined;
}

const formats: Readonly<Record<TraceFormat, Format>> = {
  "azure-csv": {
    header: 1,
    allowed: "a time such as 2023-11-16 18:17:03.9799600 and two numbers of tokens from 1, apart by commas",
    read: (line) => {
      const [time = "", prompt, answer] = line.split(",");
      // Seven digits of a second, of which a date takes three.
      const arrivalSeconds = Date.parse(`${time.slice(0, 10)}T${time.slice(11, 23)}Z`) / 1000;
      return request(arrivalSeconds, Number(prompt), Number(answer));
    },
  },
  "mooncake-jsonl": {
    header: 0,
    allowed: "an object with timestamp in milliseconds, input_length and output_length from 1",
    read: (line) => {
      const fields = object(line);
      return request(
        Number(fields.timestamp) / 1000,
        Number(fields.input_length),
        Number(fields.output_length),
      );
    },
  },
};

export function readRequestTrace(text: string, format: TraceFormat): RequestTrace {
  const { header, allowed, read } = formats[format];
  const requests: TracedRequest[] = [];
  const problems: Problem[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (index < header || line.trim() === "") continue;
    const found = read(line);
    if (found) requests.push(found);
    else
      problems.push({
        path: [index + 1],
        given: line.slice(0, 60),
        allowed,
        remedy: "mend the line, or drop it",
      });
  }
  requests.sort((one, other) => one.arrivalSeconds - other.arrivalSeconds);
  const start = requests[0]?.arrivalSeconds ?? 0;
  const fromStart = requests.map((one) => ({ ...one, arrivalSeconds: one.arrivalSeconds - start }));
  return { requests: fromStart, problems };
}

function object(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function request(
  arrivalSeconds: number,
  promptTokens: number,
  answerTokens: number,
): TracedRequest | undefined {
  const isRead =
    Number.isFinite(arrivalSeconds) &&
    [promptTokens, answerTokens].every((tokens) => Number.isInteger(tokens) && tokens >= 1);
  return isRead ? { arrivalSeconds, promptTokens, answerTokens } : undefined;
}

/** Seconds over which a rate is taken: about as long as people wait. */
const windowSeconds = 10;

/**
 * The load of a trace in the figures that a plan without a trace begins from. Its rate is that which 95 of
 * 100 requests come at, or less: a service that meets its objective on average of an hour misses it in each
 * burst.
 */
export function traceArrivals(requests: readonly TracedRequest[]): Arrivals {
  const counts = new Map<number, number>();
  const windowOf = ({ arrivalSeconds }: TracedRequest) => Math.floor(arrivalSeconds / windowSeconds);
  for (const one of requests) counts.set(windowOf(one), (counts.get(windowOf(one)) ?? 0) + 1);
  const beside = requests.map((one) => counts.get(windowOf(one)) ?? 0);
  return {
    requestsPerSecond: percentile(beside, 0.95) / windowSeconds,
    prompt: lengthsOf(requests.map(({ promptTokens }) => promptTokens)),
    answer: lengthsOf(requests.map(({ answerTokens }) => answerTokens)),
  };
}

function lengthsOf(tokens: readonly number[]) {
  return { mean: sum(tokens) / tokens.length, p95: percentile(tokens, 0.95) };
}
