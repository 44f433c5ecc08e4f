/** Sends a load, each request when it is due, and keeps when each of its pieces came. */
import type { LoadRequest } from "./workload.ts";

/** What came of one request; times are seconds after the beginning. */
export interface LoadSample {
  readonly promptTokens: number;
  readonly answerTokens: number;
  /** When it was due: waiting for room among those that are open is part of its latency. */
  readonly startSeconds: number;
  /** When each piece of its answer came. */
  readonly pieceSeconds: readonly number[];
  readonly endSeconds: number;
  /** Why it has no answer, if it has none. */
  readonly error?: string;
}

/** What a server answered to one request. */
export interface LoadAnswer {
  readonly promptTokens: number;
  readonly answerTokens: number;
}

/** Calls `piece` with each that comes; rejects if there is no whole answer. */
export type LoadSender = (request: LoadRequest, piece: () => void) => Promise<LoadAnswer>;

export interface LoadClock {
  /** Seconds, never going back. */
  now(): number;
  sleep(seconds: number): Promise<void>;
}

export interface LoadOptions {
  readonly send: LoadSender;
  /** The most that are open at a time. */
  readonly concurrency: number;
  readonly clock: LoadClock;
}

/** In the order of the requests. */
export async function runLoad(
  requests: readonly LoadRequest[],
  { send, concurrency, clock }: LoadOptions,
): Promise<LoadSample[]> {
  const begin = clock.now();
  const since = () => clock.now() - begin;
  const open = new Set<Promise<void>>();
  const samples: LoadSample[] = [];
  for (const [index, request] of requests.entries()) {
    const { arrivalSeconds } = request;
    if (arrivalSeconds !== undefined && arrivalSeconds > since()) await clock.sleep(arrivalSeconds - since());
    while (open.size >= concurrency) await Promise.race(open);
    const startSeconds = arrivalSeconds ?? since();
    const sent = sample(request, startSeconds, send, since).then((told) => {
      samples[index] = told;
      open.delete(sent);
    });
    open.add(sent);
  }
  await Promise.all(open);
  return samples;
}

async function sample(
  request: LoadRequest,
  startSeconds: number,
  send: LoadSender,
  since: () => number,
): Promise<LoadSample> {
  const pieceSeconds: number[] = [];
  try {
    const answer = await send(request, () => pieceSeconds.push(since()));
    return { ...answer, startSeconds, pieceSeconds, endSeconds: since() };
  } catch (reason) {
    const counts = { promptTokens: request.prompt.length, answerTokens: 0 };
    const error = reason instanceof Error ? reason.message : String(reason);
    return { ...counts, startSeconds, pieceSeconds, endSeconds: since(), error };
  }
}
