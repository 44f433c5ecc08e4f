/**
 * What requests wait for where they come as they please: an estimate in closed form. Prompts queue for room
 * in the steps; answers are slowed by each other and by the prompts that are computed beside them.
 */
import { sum } from "../sum.ts";
import { promptSeconds, type ReplicaEngine } from "./replica-engine.ts";
import { longTokens, normal95, type RequestLengths, typicalTokens } from "./request-lengths.ts";

/** Seconds on average, and what 95 of 100 requests do not exceed. */
export interface Latency {
  readonly mean: number;
  readonly p95: number;
}

export interface LoadedReplica {
  readonly ttft: Latency;
  readonly tpot: Latency;
  /** Sequences that one replica has at once, on average. */
  readonly concurrency: number;
  /** Part of the time in which steps are full of prompts. */
  readonly utilization: number;
}

export interface Arrivals extends RequestLengths {
  readonly requestsPerSecond: number;
  /**
   * Variance of the time between requests over its mean squared: 1 where they come independently of each
   * other, more where they come in bursts. Default: 1.
   */
  readonly burstiness?: number;
}

const rounds = 60;
const settledPart = 1e-4;
const tail = 0.05;

/** What so many replicas do together; undefined where they cannot keep up. */
export type LatencyModel = (replicas: number) => LoadedReplica | undefined;

export function latencyModel(engine: ReplicaEngine, arrivals: Arrivals): LatencyModel {
  const held = heldSequences(engine, arrivals);
  const prompts = promptLoad(engine, arrivals);
  const lanesEach = engine.groups * engine.lanes;
  return (replicas) => {
    const lanes = replicas * lanesEach;
    const rate = arrivals.requestsPerSecond / lanes;
    const lane = settledLane(engine, arrivals, prompts, rate);
    if (lane === undefined) return undefined;
    const concurrency = lane.answers * lanesEach;
    if (concurrency + 2 * Math.sqrt(concurrency) + 1 > held) return undefined;
    return {
      ttft: firstToken(engine, arrivals, prompts, lane, lanes),
      tpot: perToken(arrivals, prompts, lane, rate),
      concurrency,
      utilization: rate * lane.service.mean,
    };
  };
}

/** Sequences that fit at once, of the length that requests have on average. */
export function heldSequences(engine: ReplicaEngine, { prompt, answer }: RequestLengths): number {
  return engine.sequences(prompt.mean + answer.mean);
}

interface Prompt {
  readonly tokens: number;
  /** What it adds to the steps that it is computed in. */
  readonly extraSeconds: number;
}

interface PromptLoad {
  readonly typical: readonly Prompt[];
  readonly longest: Prompt;
  /** Of `extraSeconds`: on average, and on average of its square. */
  readonly extra: number;
  readonly extraSquared: number;
}

function promptLoad(engine: ReplicaEngine, arrivals: Arrivals): PromptLoad {
  const context = answerContext(arrivals);
  const beside = quietStep(engine, 1, context);
  const load = (tokens: number): Prompt => {
    const chunks = Math.ceil(tokens / Math.max(1, engine.batchedTokens - 1));
    return { tokens, extraSeconds: promptSeconds(engine, tokens, 1, context) - chunks * beside };
  };
  const typical = typicalTokens(arrivals.prompt).map(load);
  return {
    typical,
    longest: load(longTokens(arrivals.prompt)),
    extra: mean(typical.map(({ extraSeconds }) => extraSeconds)),
    extraSquared: mean(typical.map(({ extraSeconds }) => extraSeconds ** 2)),
  };
}

function answerContext({ prompt, answer }: RequestLengths): number {
  return prompt.mean + answer.mean / 2;
}

/** A step without prompts. */
function quietStep(engine: ReplicaEngine, answers: number, context: number): number {
  return engine.timer({ answers, answerContext: context, promptTokens: 0, promptContext: 0, prompts: 0 });
}

interface Lane {
  /** Sequences that get tokens. */
  readonly answers: number;
  /** Tokens of prompts that a step has room for. */
  readonly room: number;
  readonly stepSeconds: number;
  /**
   * A prompt's part of steps that are full of prompts: on average, and its variance over the mean squared.
   */
  readonly service: { readonly mean: number; readonly variation: number };
  /** From the first token to the last. */
  readonly durationSeconds: number;
}

/** The number of sequences at which as many end as come; undefined where there is none. */
function settledLane(
  engine: ReplicaEngine,
  arrivals: Arrivals,
  prompts: PromptLoad,
  rate: number,
): Lane | undefined {
  const context = answerContext(arrivals);
  let answers = 0;
  for (let round = 0; round < rounds; round += 1) {
    // A request meets the others and itself.
    const room = engine.batchedTokens - 1 - answers;
    if (room <= 0 || rate * prompts.extra >= 1) return undefined;
    const stepSeconds = quietStep(engine, 1 + answers, context);
    const durationSeconds = (arrivals.answer.mean * stepSeconds) / (1 - rate * prompts.extra);
    const next = rate * durationSeconds;
    if (Math.abs(next - answers) <= settledPart * (1 + answers)) {
      const services = prompts.typical.map(
        ({ tokens, extraSeconds }) => extraSeconds + (tokens / room) * stepSeconds,
      );
      const service = { mean: mean(services), variation: squaredVariation(services) };
      return rate * service.mean < 1
        ? { answers: next, room, stepSeconds, service, durationSeconds }
        : undefined;
    }
    answers = next;
  }
  return undefined;
}

/** Waiting, then the prompt's own steps; a request comes in the middle of a step. */
function firstToken(
  engine: ReplicaEngine,
  arrivals: Arrivals,
  prompts: PromptLoad,
  { stepSeconds, room, service }: Lane,
  lanes: number,
): Latency {
  const own = ({ tokens, extraSeconds }: Prompt) => Math.ceil(tokens / room) * stepSeconds + extraSeconds;
  const usual = mean(prompts.typical.map(own));
  const rate = arrivals.requestsPerSecond / lanes;
  const wait = queueWait(service, rate * service.mean, lanes, arrivals.burstiness ?? 1);
  const all = engine.frontSeconds + stepSeconds / 2 + wait.mean + usual;
  return {
    mean: all,
    p95: all + Math.hypot(wait.p95 - wait.mean, Math.max(0, own(prompts.longest) - usual)),
  };
}

/** How many prompts are computed beside an answer varies as independent events do. */
function perToken(arrivals: Arrivals, { extraSquared }: PromptLoad, lane: Lane, rate: number): Latency {
  const tokens = arrivals.answer.mean;
  const spread = normal95 * Math.sqrt(rate * lane.durationSeconds * extraSquared);
  return { mean: lane.durationSeconds / tokens, p95: (lane.durationSeconds + spread) / tokens };
}

/**
 * Waiting in a queue that all servers share, after Sakasegawa; those who wait do so for exponential times.
 */
function queueWait(
  service: Lane["service"],
  utilization: number,
  servers: number,
  burstiness: number,
): Latency {
  const waiting = utilization ** (Math.sqrt(2 * (servers + 1)) - 1);
  const each = (service.mean * (burstiness + service.variation)) / 2 / (servers * (1 - utilization));
  return { mean: waiting * each, p95: each * Math.max(0, Math.log(waiting / tail)) };
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function squaredVariation(values: readonly number[]): number {
  return mean(values.map((value) => value ** 2)) / mean(values) ** 2 - 1;
}
