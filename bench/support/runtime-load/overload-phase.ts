/** What becomes of those let in, and of those sent away, when ten times as many come as can be served? */
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { engineSettings } from "../../../runtime/engine-settings.ts";
import { serverSettings } from "../../../runtime/server/settings.ts";
import { median } from "../measure.ts";
import { bodyOf, cards } from "./cards.ts";
import { exchange, type Heard } from "./connection.ts";
import { type Check, equal, StressedRuntime, within } from "./stressed-runtime.ts";

/** Milliseconds to the first token of those let in: as many clients as places, and ten times the load. */
interface FirstTokens {
  readonly full: readonly number[];
  readonly overloaded: readonly number[];
}

export interface OverloadPhase {
  /** What it was served with, by name. */
  readonly settings: string;
  readonly checks: readonly Check[];
  /** Of each turn, medians. */
  readonly capacityPerSecond: number;
  /** As clients heard it, which share this machine with what they measure; and as the server tells it. */
  readonly heard: FirstTokenFigures;
  readonly told: FirstTokenFigures;
  readonly letIn: number;
  readonly sentAway: number;
}

export interface FirstTokenFigures {
  /** Milliseconds, medians over all turns. */
  readonly full: number;
  readonly overloaded: number;
  /** Medians of the turns' ratios: of medians, and of what one in ten is slower than. */
  readonly ratio: number;
  readonly slowRatio: number;
  /** Of the slowest hundredth, all turns together. */
  readonly slowestRatio: number;
  /** The slowest turn's ratio of medians. */
  readonly worstRatio: number;
}

const places = 8;
const engine = { sequences: places, kvCacheMiB: 4, stepTokens: 128 };

interface Queue {
  readonly settings: { readonly engine: object; readonly server: object };
  /** Both loads alternate: what else the machine does meets both. */
  readonly turns: number;
  /** So long it is asked for too much before anything is measured. */
  readonly leadSeconds: number;
  /** So many that ask at once and are all to be answered. */
  readonly burst: number;
}

const mostTurns = 3;
/** Of the time to the first token of those let in, as the server tells it. */
const mostRatio = 2;
const { waitSeconds } = serverSettings.parse({ models: ["any"] });
/** What is predicted takes longer where those that ask share the machine: the longest that is well. */
const mostWaitSeconds = 2 * waitSeconds;
/** Those of the first moments whose turn came last have been answered by then. */
const servedSeconds = 3;

const queues = {
  /** Whoever finds a place is computed, and the rest hear at once that they are not. */
  none: { settings: { engine, server: { waitSeconds: 0 } }, turns: mostTurns, leadSeconds: 0, burst: 0 },
  /** A burst waits; where ever more come, nobody does once those of the first moments have been served. */
  default: {
    settings: { engine, server: {} },
    turns: 1,
    leadSeconds: mostWaitSeconds + servedSeconds,
    burst: 4 * places,
  },
} satisfies Record<string, Queue>;

const overloadFactor = 10;
/** So many that ten times too many requests are no matter of HTTP, which shares these cores. */
const answerTokens = 448;

type Ask = (id: string) => Promise<Heard>;

interface Turn {
  readonly full: readonly Heard[];
  /** Those that came first when it was too many, which are not measured. */
  readonly lead: readonly Heard[];
  readonly overloaded: readonly Heard[];
  readonly capacityPerSecond: number;
}

export async function overloadPhase(
  model: string,
  requests: number,
  queue: keyof typeof queues,
): Promise<OverloadPhase> {
  const { settings, turns, leadSeconds, burst: atOnce }: Queue = queues[queue];
  const stressed = await StressedRuntime.start(model, settings);
  const agent = new Agent({ keepAlive: true });
  try {
    const [card] = cards();
    if (!card) throw new Error("there is no card to play");
    const body = bodyOf(
      { ...card, body: { ...card.body, max_tokens: answerTokens, ignore_eos: true } },
      true,
    );
    const ask = (id: string) => exchange({ url: stressed.url, path: card.path, body, id, agent });
    await asMany(ask, places, places, "warm");
    const burst = await asMany(ask, atOnce, atOnce, "burst");
    // With a last round that is not full the capacity would seem smaller than it is.
    const rounds = Math.max(2, Math.ceil(requests / mostTurns / places));
    const played: Turn[] = [];
    while (played.length < turns) {
      played.push(await turnOf(ask, rounds * places, leadSeconds, played.length));
      await stressed.idle();
    }
    const { checks, slowestLeadSeconds, ...phase } = await phaseOf(stressed, played, burst);
    const { told, sentAway } = phase;
    const promised = [
      within("sent away, at least", sentAway, 1, Number.POSITIVE_INFINITY),
      within("median first token as the server told, overloaded of not", told.ratio, 0, mostRatio),
      equal(`sent away of ${atOnce} at once`, burst.filter((heard) => !isLetIn(heard)).length, 0),
      within("slowest first token of the first moments, seconds", slowestLeadSeconds, 0, mostWaitSeconds),
    ];
    return { settings: settingsText(settings), checks: [...checks, ...promised], ...phase };
  } finally {
    agent.destroy();
    await stressed.stop();
  }
}

/** Defaults in full: they are what is measured. */
function settingsText(given: Queue["settings"]): string {
  const { sequences, waiting } = engineSettings.parse({ model: "any", ...given.engine });
  const { waitSeconds } = serverSettings.parse({ models: ["any"], ...given.server });
  return `engine.sequences ${sequences}, engine.waiting ${waiting}, server.waitSeconds ${waitSeconds}`;
}

async function turnOf(ask: Ask, requests: number, leadSeconds: number, turn: number): Promise<Turn> {
  const startedAt = performance.now();
  const full = await asMany(ask, requests, places, `full-${turn}`);
  const capacityPerSecond = (requests * 1000) / (performance.now() - startedAt);
  const perSecond = capacityPerSecond * overloadFactor;
  const lead = Math.ceil(leadSeconds * perSecond);
  const heard = await atRate(ask, lead + requests * overloadFactor, perSecond, `over-${turn}`);
  return { full, lead: heard.slice(0, lead), overloaded: heard.slice(lead), capacityPerSecond };
}

/** So many clients, each asking again when it was answered. */
async function asMany(ask: Ask, requests: number, clients: number, name: string): Promise<Heard[]> {
  const heard: Heard[] = [];
  let sent = 0;
  const client = async () => {
    while (sent < requests) {
      sent += 1;
      heard.push(await ask(`${name}-${sent}`));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return heard;
}

/** One after the other by the clock, whatever became of those before. */
async function atRate(ask: Ask, requests: number, perSecond: number, name: string): Promise<Heard[]> {
  const startedAt = performance.now();
  const all: Promise<Heard>[] = [];
  while (all.length < requests) {
    const due = Math.ceil(((performance.now() - startedAt) / 1000) * perSecond);
    while (all.length < Math.min(due, requests)) all.push(ask(`${name}-${all.length}`));
    await sleep(2);
  }
  return Promise.all(all);
}

const isLetIn = ({ status, end }: Heard) => status === 200 && end === "whole";

async function phaseOf(
  stressed: StressedRuntime,
  played: readonly Turn[],
  burst: readonly Heard[],
): Promise<Omit<OverloadPhase, "settings"> & { readonly slowestLeadSeconds: number }> {
  const lead = played.flatMap((turn) => turn.lead);
  const overloaded = [...lead, ...played.flatMap((turn) => turn.overloaded)];
  const full = [...burst, ...played.flatMap((turn) => turn.full)];
  const letIn = overloaded.filter(isLetIn);
  const sentAway = overloaded.filter(({ status }) => status === 503);
  const retries = sentAway.filter(({ retryAfter }) => Number(retryAfter) >= 1);
  const codes = sentAway.filter(({ text }) => text.includes('"code":"queue_full"'));
  const told = new Map(
    stressed.log().map(({ id, firstTokenSeconds = Number.NaN }) => [id, firstTokenSeconds]),
  );
  const figuresBy = (milliseconds: (heard: Heard) => number) =>
    figuresOf(
      played.map((turn) => ({
        full: turn.full.filter(isLetIn).map(milliseconds),
        overloaded: turn.overloaded.filter(isLetIn).map(milliseconds),
      })),
    );
  return {
    checks: [
      equal("requests beside 200 and 503", overloaded.length - letIn.length - sentAway.length, 0),
      equal("requests sent away without Retry-After", sentAway.length - retries.length, 0),
      equal("requests sent away with another code", sentAway.length - codes.length, 0),
      equal(
        "refusals in the metrics",
        await stressed.metric("admission_rejections_total"),
        sentAway.length + full.filter(({ status }) => status === 503).length,
      ),
      within("requests let in", letIn.length, 1, overloaded.length),
    ],
    capacityPerSecond: median(played.map((turn) => turn.capacityPerSecond)),
    heard: figuresBy(({ firstByteMs }) => firstByteMs),
    told: figuresBy(({ id }) => (told.get(id ?? "") ?? Number.NaN) * 1000),
    slowestLeadSeconds: Math.max(0, ...lead.filter(isLetIn).map(({ id }) => told.get(id ?? "") ?? 0)),
    letIn: letIn.length,
    sentAway: sentAway.length,
  };
}

/** A turn has too few that are let in for its slowest hundredth. */
const slowShare = 0.9;

function figuresOf(played: readonly FirstTokens[]): FirstTokenFigures {
  const ratios = (of: (values: readonly number[]) => number) =>
    played.map(({ full, overloaded }) => of(overloaded) / of(full));
  const medians = ratios(median);
  const full = played.flatMap((turn) => turn.full);
  const overloaded = played.flatMap((turn) => turn.overloaded);
  return {
    full: median(full),
    overloaded: median(overloaded),
    slowestRatio: percentile(overloaded, 0.99) / percentile(full, 0.99),
    ratio: median(medians),
    slowRatio: median(ratios((values) => percentile(values, slowShare))),
    worstRatio: Math.max(...medians),
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
