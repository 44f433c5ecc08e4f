/**
 * One replica of a model and what it does at a given batch: time to first token, time per token, throughput.
 */
import { stepOverhead } from "../../catalogue/serving-efficiency.ts";
import { isKnown, type Known, unknown } from "../../catalogue/unknown.ts";
import { settled } from "../models/engine-reserve.ts";
import { modelFit, type Serving } from "../models/model-fit.ts";
import type { ServingHardware } from "./serving-hardware.ts";
import { type StepTimer, stepTimer } from "./step-time.ts";

export interface ReplicaEngine {
  readonly timer: StepTimer;
  /** Groups of ranks that each serve sequences of their own. */
  readonly groups: number;
  /** Batches that follow each other through the stages of a group. */
  readonly lanes: number;
  /** Tokens that a step computes at most. */
  readonly batchedTokens: number;
  /** Before a prompt reaches the engine: HTTP, tokens from text. */
  readonly frontSeconds: number;
  /** Sequences of so many tokens, prompt and answer together, that the replica holds at once. */
  readonly sequences: (tokens: number) => number;
}

/** Requests that are all alike. */
export interface RequestShape {
  readonly promptTokens: number;
  readonly answerTokens: number;
}

export interface BatchPerformance {
  /** Sequences that get tokens at once; fewer than asked where prompts take up the steps. */
  readonly answering: number;
  /** To a prompt's first token, beside the others and without waiting. */
  readonly ttftSeconds: number;
  readonly tpotSeconds: number;
  /** Of answers. */
  readonly tokensPerSecond: number;
  readonly requestsPerSecond: number;
}

/** A replica where a program sees so much memory on each rank, or why its speed is not known. */
export function replicaEngine(
  serving: Serving,
  hardware: Known<ServingHardware>,
  memoryBytes: number,
): Known<ReplicaEngine> {
  if (!isKnown(hardware)) return hardware;
  const timer = stepTimer(serving, hardware);
  if (timer === undefined) return unknown("no throughput is known for the type of its numbers");
  const { batchedTokens, maxSequences } = settled(serving.settings);
  const { data, pipeline } = serving.parallelism;
  return {
    timer,
    groups: data,
    lanes: pipeline,
    batchedTokens,
    frontSeconds: stepOverhead.frontSeconds,
    sequences: remembered((tokens) =>
      Math.min(
        modelFit({ ...serving, context: Math.ceil(tokens) }, memoryBytes).sequences,
        maxSequences * data,
      ),
    ),
  };
}

/** The same, without working out again what it was asked before: planning asks for one length many times. */
function remembered(work: (tokens: number) => number): (tokens: number) => number {
  const known = new Map<number, number>();
  return (tokens) => {
    const found = known.get(tokens) ?? work(tokens);
    known.set(tokens, found);
    return found;
  };
}

/** Seconds that a prompt takes in chunks, beside so many sequences of its lane that get their tokens. */
export function promptSeconds(
  engine: ReplicaEngine,
  promptTokens: number,
  answers: number,
  answerContext: number,
): number {
  const room = Math.max(1, engine.batchedTokens - answers);
  let seconds = 0;
  for (let done = 0; done < promptTokens; done += room) {
    const chunk = Math.min(room, promptTokens - done);
    seconds += engine.timer({
      answers,
      answerContext,
      promptTokens: chunk,
      promptContext: done + chunk / 2,
      prompts: done + chunk >= promptTokens ? 1 : 0,
    });
  }
  return seconds;
}

/** A replica that always has so many sequences: whenever one ends, the next prompt is there. */
export function batchPerformance(
  engine: ReplicaEngine,
  shape: RequestShape,
  sequences: number,
): BatchPerformance {
  const { promptTokens, answerTokens } = shape;
  const { groups, lanes, batchedTokens, timer, frontSeconds } = engine;
  const perLane = sequences / (groups * lanes);
  // For each token of an answer, so many of a prompt have to be computed.
  const ratio = promptTokens / answerTokens;
  const answers = Math.min(perLane, batchedTokens / (1 + ratio));
  const answerContext = promptTokens + answerTokens / 2;
  // Prompts come in chunks, so most steps may have none: what experts are read for few tokens differs
  // from many.
  const chunk = Math.max(answers * ratio, Math.min(promptTokens, batchedTokens - answers));
  const reading = (answers * ratio) / chunk;
  const quiet = timer({ answers, answerContext, promptTokens: 0, promptContext: 0, prompts: 0 });
  const busy = timer({
    answers,
    answerContext,
    promptTokens: chunk,
    promptContext: promptTokens / 2,
    prompts: chunk / promptTokens,
  });
  const tpotSeconds = (1 - reading) * quiet + reading * busy;
  const answering = answers * groups * lanes;
  return {
    answering,
    // One of the others has to have ended.
    ttftSeconds: frontSeconds + promptSeconds(engine, promptTokens, Math.max(0, answers - 1), answerContext),
    tpotSeconds,
    tokensPerSecond: answering / tpotSeconds,
    requestsPerSecond: answering / (tpotSeconds * answerTokens),
  };
}
