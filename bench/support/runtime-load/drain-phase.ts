/** Does everything that was begun end, or end cleanly, when the runtime is stopped under load? */
import { setTimeout as sleep } from "node:timers/promises";
import { bodyOf, type Card, eventsOf, streamedAnswer } from "./cards.ts";
import { exchange, type Heard } from "./connection.ts";
import { type Check, equal, StressedRuntime, within } from "./stressed-runtime.ts";

export interface DrainPhase {
  readonly checks: readonly Check[];
  readonly finished: number;
  /** Ended with an error that says why: at the deadline, or when they came too late. */
  readonly refused: number;
  /** Nobody listened any more, or the connection had not been taken yet. */
  readonly unconnected: number;
  readonly seconds: number;
}

interface Outcome {
  readonly id: string;
  readonly heard: Heard;
  readonly isStream: boolean;
}

const drainSeconds = 1;
/** What the server adds to the deadline for what is left to be sent, and this machine for ending at all. */
const graceSeconds = 10;
const clients = 48;
/** By then all clients have asked, short answers have ended and others go on. */
const answeredBefore = 24;
const settings = {
  engine: { sequences: 8, waiting: 256, kvCacheMiB: 4, stepTokens: 64 },
  server: { drainSeconds, waitSeconds: 600 },
};

/** So long that some are not over when the time is. */
function longCard(index: number): Card {
  const prompt = `Count from ${index} on:`;
  const body = {
    model: "tiny",
    temperature: 0,
    prompt,
    max_tokens: 20 + (index % 10) * 45,
    ignore_eos: true,
  };
  return { path: "/v1/completions", body, generations: 1, canStream: true };
}

export async function drainPhase(model: string): Promise<DrainPhase> {
  const stressed = await StressedRuntime.start(model, settings);
  const heard: Outcome[] = [];
  let isStopped = false;
  let index = 0;
  const client = async () => {
    while (!isStopped) {
      index += 1;
      const isStream = index % 2 === 0;
      const body = bodyOf(longCard(index), isStream);
      const id = `drain-${index}`;
      const answer = await exchange({ url: stressed.url, path: "/v1/completions", body, id });
      heard.push({ id, heard: answer, isStream });
      if (answer.status !== 200) await sleep(20);
    }
  };
  const running = Array.from({ length: clients }, client);
  try {
    while (heard.length < answeredBefore) await Promise.race([sleep(20), Promise.all(running)]);
    const stoppedAt = performance.now();
    const code = await stressed.stop();
    const seconds = (performance.now() - stoppedAt) / 1000;
    isStopped = true;
    await Promise.all(running);
    return phaseOf(stressed, heard, code, seconds);
  } finally {
    isStopped = true;
    await stressed.stop();
  }
}

function phaseOf(
  stressed: StressedRuntime,
  all: readonly Outcome[],
  code: number | null,
  seconds: number,
): DrainPhase {
  const finished = all.filter((one) => one.heard.end === "whole" && isFinished(one.heard, one.isStream));
  const refused = all.filter((one) => one.heard.end === "whole" && isRefused(one.heard, one.isStream));
  const unconnected = all.filter(({ heard }) => heard.end === "cut" && heard.status === 0);
  const logged = new Set(stressed.log().map(({ id }) => id));
  const lost = all.length - finished.length - refused.length - unconnected.length;
  return {
    checks: [
      equal("answers that were cut, or are neither whole nor refused", lost, 0),
      equal("requests let in that heard nothing", unconnected.filter(({ id }) => logged.has(id)).length, 0),
      equal("exit code", code ?? -1, 0),
      within("seconds until it ended", Math.round(seconds), 0, drainSeconds + graceSeconds),
    ],
    finished: finished.length,
    refused: refused.length,
    unconnected: unconnected.length,
    seconds,
  };
}

function isFinished({ status, text }: Heard, isStream: boolean): boolean {
  if (status !== 200) return false;
  return isStream ? streamedAnswer(text, 1).isWhole : text.includes('"finish_reason":"length"');
}

function isRefused({ status, text, retryAfter }: Heard, isStream: boolean): boolean {
  if (status === 503) return Number(retryAfter) >= 1 && text.includes('"code":"draining"');
  if (!isStream || status !== 200) return false;
  return eventsOf(text).at(-1)?.includes('"code":"draining"') ?? false;
}
