/** Does every accepted request get its own answer, once, whatever all the others do? */
import { cards } from "./cards.ts";
import { type MixedLoadOptions, mixedLoad, type Tally } from "./mixed-load.ts";
import { type Check, equal, type StressedRuntime, within } from "./stressed-runtime.ts";

export interface MixedPhase {
  readonly tally: Tally;
  readonly checks: readonly Check[];
  readonly distinctAnswers: number;
  readonly preemptions: number;
}

/** Clients at once: more than the engine computes together. */
const clients = 48;

export async function mixedPhase(
  stressed: StressedRuntime,
  options: Pick<MixedLoadOptions, "seed" | "hasMore">,
): Promise<MixedPhase> {
  const known = await stressed.alone(cards(), "alone");
  const tally = await mixedLoad({ ...options, url: stressed.url, known, clients });
  await stressed.idle();
  const after = await stressed.alone(cards(), "after");
  const changed = after.filter(({ answer }, index) => !isSame(answer, known[index]?.answer));
  return {
    tally,
    checks: [
      ...checksOf(tally),
      ...(await books(stressed, tally)),
      equal("answers that changed", changed.length, 0),
    ],
    distinctAnswers: new Set(known.map(({ answer }) => JSON.stringify(answer))).size,
    preemptions: await stressed.metric("num_preemptions_total"),
  };
}

function isSame(a: object, b: object | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function checksOf(tally: Tally): Check[] {
  const { sent, right, left, refusedAsWrong, sentAway, wrong } = tally;
  return [
    equal("requests with no, a foreign or a broken answer", wrong, 0),
    equal("requests accounted for", right + left + refusedAsWrong + sentAway, sent),
    equal("requests sent away below the limits", sentAway, 0),
  ];
}

/** The server's log and metrics against what its clients saw. */
async function books(stressed: StressedRuntime, tally: Tally): Promise<Check[]> {
  const log = stressed.log();
  const times = new Map<string, number>();
  for (const { id } of log) times.set(id, (times.get(id) ?? 0) + 1);
  const fine = new Set(log.filter(({ status }) => status === 200).map(({ id }) => id));
  const cardGenerations = cards().reduce((sum, { generations }) => sum + generations, 0);
  const logged = log.reduce((sum, { finishes }) => sum + finishes.length, 0);
  const ended = async (reason: string) =>
    stressed.metric("request_success_total", `finished_reason="${reason}"`);
  const told = (await ended("stop")) + (await ended("length"));
  const least = tally.generations + 2 * cardGenerations;
  return [
    equal("requests logged twice", [...times.values()].filter((count) => count > 1).length, 0),
    equal("answers missing in the log", tally.answeredIds.filter((id) => !fine.has(id)).length, 0),
    equal("errors that nobody foresaw", log.filter(({ status }) => status >= 500).length, 0),
    equal("answers in the metrics beside those in the log", told - logged, 0),
    // Of a client that left, the engine may have finished every choice before it noticed.
    within("answers in the metrics", told, least, least + 3 * tally.left),
    equal("answers that failed", await ended("error"), 0),
    equal("requests left in the engine", await stressed.metric("num_requests_running"), 0),
    equal("share of the KV cache left in use", await stressed.metric("kv_cache_usage_perc"), 0),
    equal("losses of the engine", stressed.losses, 0),
  ];
}
