/** How long a replica of an inference server may take to start, and how long its queue waits for it. */
import type { Path, Problem } from "../problem.ts";

/** What a queue allows pods before it takes their places away. */
export interface PodsWait {
  /** From admission until they are ready; absent without such a limit. */
  readonly readySeconds?: number | undefined;
  /** While one that once was ready is missed. */
  readonly recoverySeconds?: number | undefined;
}

interface StartWish {
  readonly path: Path;
  readonly startSeconds?: number | undefined;
}

/** The runtime's own default. */
const usualSeconds = 600;
/** The least that the field takes. */
export const startSecondsMin = 30;
/** Before the model is loaded: the process itself, and a probe that is on its way. */
const processSeconds = 30;

/** Of the model: loading and the first forward pass. Where nothing is said, as long as the queue waits. */
export function startSecondsOf({ startSeconds }: Omit<StartWish, "path">, wait: PodsWait = {}): number {
  return startSeconds ?? Math.min(usualSeconds, Math.max(startSecondsMin, longest(wait)));
}

/** Of the whole pod, from the start of its program until it is ready. */
export function readyWithinSeconds(startSeconds: number): number {
  return processSeconds + startSeconds;
}

/** A pod that its queue takes back before it can be ready comes and goes for ever. */
export function startProblems({ path, ...wish }: StartWish, wait: PodsWait = {}): Problem[] {
  const [given, most] = [startSecondsOf(wish, wait), longest(wait)];
  if (given <= most) return [];
  const wanted = readyWithinSeconds(given);
  const remedy = `raise queueing.podsReady.timeoutSeconds and recoverySeconds to ${wanted}`;
  return [
    {
      path: [...path, "startSeconds"],
      given: String(given),
      allowed: `at most ${most}: with ${processSeconds} for its process, so long its queue waits for a pod`,
      remedy: most < startSecondsMin ? remedy : `${remedy}, or lower it to ${most}`,
    },
  ];
}

/** A replica that crashes loads its model again, for which the queue waits less than for the first time. */
function longest({ readySeconds = Infinity, recoverySeconds = Infinity }: PodsWait): number {
  return Math.min(readySeconds, recoverySeconds) - processSeconds;
}
