/** What becomes of those let in, and of those sent away, when ten times as many come as can be served? */
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../measure.ts";
import { bodyOf, cards } from "./cards.ts";
import { exchange, type Heard } from "./connection.ts";
import { type Check, equal, StressedRuntime, within } from "./stressed-runtime.ts";

export interface OverloadPhase {
  readonly checks: readonly Check[];
  readonly capacityPerSecond: number;
  /** Milliseconds to the first event, of those let in: as many clients as places, and ten times the load. */
  readonly firstEventMs: {
    readonly full: number;
    readonly overloaded: number;
    readonly fullP99: number;
    readonly overloadedP99: number;
  };
  readonly letIn: number;
  readonly sentAway: number;
}

/** Nobody waits inside: whoever is let in is computed, and the rest hear at once that they are not. */
const places = 8;
const settings = {
  engine: { sequences: places, waiting: 0, kvCacheMiB: 4, stepTokens: 128 },
  server: { requests: places },
};
const overloadFactor = 10;

export async function overloadPhase(model: string, requests: number): Promise<OverloadPhase> {
  const stressed = await StressedRuntime.start(model, settings);
  try {
    const [card] = cards();
    if (!card) throw new Error("there is no card to play");
    const body = bodyOf({ ...card, body: { ...card.body, max_tokens: 160, ignore_eos: true } }, true);
    const agent = new Agent({ keepAlive: true });
    const ask = (id: string) => exchange({ url: stressed.url, path: card.path, body, id, agent });
    await asMany(ask, places, "warm");
    const startedAt = performance.now();
    const full = await asMany(ask, requests, "full");
    const capacityPerSecond = (requests * 1000) / (performance.now() - startedAt);
    const overloaded = await atRate(ask, requests * overloadFactor, capacityPerSecond * overloadFactor);
    agent.destroy();
    await stressed.idle();
    return await phaseOf(stressed, capacityPerSecond, full, overloaded);
  } finally {
    await stressed.stop();
  }
}

/** As many clients as there are places, each asking again when it was answered. */
async function asMany(ask: (id: string) => Promise<Heard>, requests: number, name: string): Promise<Heard[]> {
  const heard: Heard[] = [];
  let sent = 0;
  const client = async () => {
    while (sent < requests) {
      sent += 1;
      heard.push(await ask(`${name}-${sent}`));
    }
  };
  await Promise.all(Array.from({ length: places }, client));
  return heard;
}

/** One after the other by the clock, whatever became of those before. */
async function atRate(
  ask: (id: string) => Promise<Heard>,
  requests: number,
  perSecond: number,
): Promise<Heard[]> {
  const startedAt = performance.now();
  const all: Promise<Heard>[] = [];
  while (all.length < requests) {
    const due = Math.ceil(((performance.now() - startedAt) / 1000) * perSecond);
    while (all.length < Math.min(due, requests)) all.push(ask(`over-${all.length}`));
    await sleep(2);
  }
  return Promise.all(all);
}

async function phaseOf(
  stressed: StressedRuntime,
  capacityPerSecond: number,
  full: readonly Heard[],
  overloaded: readonly Heard[],
): Promise<OverloadPhase> {
  const letIn = overloaded.filter(({ status, end }) => status === 200 && end === "whole");
  const sentAway = overloaded.filter(({ status }) => status === 503);
  const retries = sentAway.filter(({ retryAfter }) => Number(retryAfter) >= 1);
  const codes = sentAway.filter(({ text }) => text.includes('"code":"queue_full"'));
  const times = (heard: readonly Heard[]) => heard.map(({ firstByteMs }) => firstByteMs);
  return {
    checks: [
      equal("requests beside 200 and 503", overloaded.length - letIn.length - sentAway.length, 0),
      equal("requests sent away without Retry-After", sentAway.length - retries.length, 0),
      equal("requests sent away with another code", sentAway.length - codes.length, 0),
      equal(
        "refusals in the metrics",
        await stressed.metric("admission_rejections_total", 'reason="requests"'),
        sentAway.length + full.filter(({ status }) => status === 503).length,
      ),
      within("requests let in", letIn.length, 1, overloaded.length - 1),
    ],
    capacityPerSecond,
    firstEventMs: {
      full: median(times(full)),
      overloaded: median(times(letIn)),
      fullP99: percentile(times(full), 0.99),
      overloadedP99: percentile(times(letIn), 0.99),
    },
    letIn: letIn.length,
    sentAway: sentAway.length,
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
