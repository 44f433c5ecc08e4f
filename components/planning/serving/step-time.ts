/**
 * How long one step of an engine takes. Matrices, reading and messages follow each other inside a layer, so
 * their times add up: that fits published figures better than the larger of compute and bandwidth alone.
 */
import type { Dtype } from "../../catalogue/accelerator-specs.ts";
import type { WeightDtype } from "../../catalogue/model-architecture.ts";
import { formatCompute, stepOverhead } from "../../catalogue/serving-efficiency.ts";
import type { Serving } from "../models/model-fit.ts";
import { servedModel } from "../models/model-fit.ts";
import { chosenQuantization } from "../models/weights.ts";
import { sum } from "../sum.ts";
import type { Link, ServingHardware } from "./serving-hardware.ts";
import { type ContextLoad, type ExpertLoad, type StageLoad, stageLoads } from "./stage-load.ts";

/** What one group of ranks computes at once. */
export interface Step {
  /** Sequences that get their next token. */
  readonly answers: number;
  /** Tokens that each of them looks back on, on average. */
  readonly answerContext: number;
  /** Tokens of prompts. */
  readonly promptTokens: number;
  /** Tokens that each of those looks back on, on average. */
  readonly promptContext: number;
  /** Prompts that end in this step, and so get their first token. */
  readonly prompts: number;
}

/** Seconds of a step; through all stages, where there are several. */
export type StepTimer = (step: Step) => number;

/** Bytes of one number between layers. */
const activationBytes = 2;

/** Undefined where the accelerator has no units for the model's numbers, or nobody says how fast they are. */
export function stepTimer(serving: Serving, hardware: ServingHardware): StepTimer | undefined {
  const model = servedModel(serving);
  const format = chosenQuantization(model, serving);
  const plainRate = rateOf(plainTypes[model.dtype], hardware);
  const quantizedRate = format ? rateOf(formatCompute[format.format], hardware) : plainRate;
  if (plainRate === undefined || quantizedRate === undefined) return undefined;
  const { tensor, data, expert, pipeline } = serving.parallelism;
  const context: StageContext = {
    hardware,
    plainRate,
    quantizedRate,
    tensor,
    expertRanks: tensor * data,
    expertGroups: expert ? data : 1,
    hiddenBytes: model.hiddenSize * activationBytes,
  };
  const stages = stageLoads(serving);
  return (step) => {
    const tokens = step.answers + step.promptTokens;
    const hop = hardware.network.seconds + (tokens * context.hiddenBytes) / hardware.network.bytesPerSecond;
    const stageSeconds = sum(stages.map((stage) => secondsOf(stage, step, context)));
    return stepOverhead.stepSeconds + stageSeconds + (pipeline - 1) * hop;
  };
}

interface StageContext {
  readonly hardware: ServingHardware;
  readonly plainRate: number;
  readonly quantizedRate: number;
  readonly tensor: number;
  readonly expertRanks: number;
  /** Groups whose tokens meet the same experts. */
  readonly expertGroups: number;
  /** Bytes of one token between layers. */
  readonly hiddenBytes: number;
}

const plainTypes: Readonly<Record<WeightDtype, readonly Dtype[]>> = {
  bf16: ["bf16"],
  fp16: ["fp16"],
  // No catalogue row tells of 32 bits.
  fp32: [],
};

function rateOf(types: readonly Dtype[], { operations }: ServingHardware): number | undefined {
  return types.map((dtype) => operations[dtype]).find((rate) => rate !== undefined);
}

function secondsOf(stage: StageLoad, step: Step, context: StageContext): number {
  const tokens = step.answers + step.promptTokens;
  if (tokens === 0) return 0;
  const { hardware, plainRate, quantizedRate } = context;
  const plain = tokens * stage.plainOperations + (step.answers + step.prompts) * stage.outputOperations;
  const experts = stage.experts.map((load) => expertBytes(load, tokens * context.expertGroups));
  const contexts = stage.contexts.map((load) => contextSeconds(load, step, context));
  return (
    (tokens * stage.quantizedOperations) / quantizedRate +
    plain / plainRate +
    (stage.weightBytes + sum(experts)) / hardware.bytesPerSecond +
    sum(contexts) +
    messageSeconds(stage, tokens, context) +
    stage.layers * stepOverhead.layerSeconds
  );
}

/**
 * Experts that at least one of so many tokens takes, where each takes any with the same chance: real routers
 * have favourites, so fewer are read.
 */
export function distinctExperts({ experts, active }: Omit<ExpertLoad, "bytes">, tokens: number): number {
  return experts * (1 - (1 - active / experts) ** tokens);
}

function expertBytes(load: ExpertLoad, tokens: number): number {
  return (load.bytes * distinctExperts(load, tokens)) / load.experts;
}

/** Reading keys, values and states, and comparing with them. */
function contextSeconds(load: ContextLoad, step: Step, { hardware, plainRate }: StageContext): number {
  const { layers, tokenBytes, window, stateBytes } = load;
  const answered = step.answers * Math.min(window, step.answerContext);
  const prompted = step.promptTokens * Math.min(window, step.promptContext);
  const bytes = answered * tokenBytes + 2 * stateBytes * (step.answers + step.prompts);
  const operations = answered * load.answerOperations + prompted * load.promptOperations;
  return layers * (bytes / hardware.bytesPerSecond + operations / plainRate);
}

/** A sum over n ranks moves 2 (n - 1) / n of the tokens over each link, a dispatch what belongs elsewhere. */
function messageSeconds(stage: StageLoad, tokens: number, context: StageContext): number {
  const { tensor, expertRanks, hiddenBytes, hardware } = context;
  const bytes = tokens * hiddenBytes;
  const summing = transfer(hardware.link, (2 * (tensor - 1) * bytes) / tensor);
  const dispatching = transfer(hardware.link, ((expertRanks - 1) * bytes) / expertRanks);
  return stage.sums * summing + stage.dispatches * dispatching;
}

function transfer({ seconds, bytesPerSecond }: Link, bytes: number): number {
  return seconds + bytes / bytesPerSecond;
}
