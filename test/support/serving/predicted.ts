/** What the planner says of each published figure. */

import type { AcceleratorId } from "../../../components/catalogue/hardware.ts";
import type { ModelId } from "../../../components/catalogue/models.ts";
import { modelFacts } from "../../../components/catalogue/models.ts";
import { quantization } from "../../../components/catalogue/quantization.ts";
import { isKnown } from "../../../components/catalogue/unknown.ts";
import { type Serving, visibleBytes } from "../../../components/planning/models/model-fit.ts";
import { alone } from "../../../components/planning/models/parallelism.ts";
import { latencyModel } from "../../../components/planning/serving/loaded-latency.ts";
import {
  batchPerformance,
  promptSeconds,
  type ReplicaEngine,
  replicaEngine,
} from "../../../components/planning/serving/replica-engine.ts";
import { servingHardware } from "../../../components/planning/serving/serving-hardware.ts";
import type { PublishedBatch, PublishedFirstToken } from "./published-batches.ts";
import type { PublishedConcurrency } from "./published-concurrencies.ts";
import type { PublishedService, PublishedThroughput } from "./published-loads.ts";

interface Setup {
  readonly accelerator: AcceleratorId;
  readonly model: ModelId;
  readonly tensor: number;
  readonly format: "fp8" | "nvfp4" | "none" | "own";
  readonly settings?: Partial<Serving["settings"]>;
}

/**
 * An engine as a published figure was measured on it; it holds keys and values in 8 bits where its weights
 * are.
 */
export function engineOf({ accelerator, model, tensor, format, settings }: Setup): ReplicaEngine {
  const serving: Serving = {
    model: modelFacts(model),
    quantization: format === "own" ? undefined : format === "none" ? "none" : quantization(format),
    parallelism: { ...alone, tensor },
    settings: { engine: "vllm", ...settings },
    cache: { dtype: format === "fp8" || format === "nvfp4" ? "fp8" : "auto" },
  };
  const engine = replicaEngine(serving, servingHardware(accelerator), visibleBytes(accelerator));
  if (!isKnown(engine)) throw new Error(`${model} on ${accelerator}: ${engine.unknown}`);
  return engine;
}

function formatOn(accelerator: AcceleratorId): "fp8" | "none" {
  return accelerator === "nvidia-a100-80gb" ? "none" : "fp8";
}

/** A batch reads its prompts in one step, then answers in as many as an answer has tokens. */
export function predictedBatch(row: PublishedBatch): number {
  const { timer } = engineOf({ ...row, format: formatOn(row.accelerator) });
  const { batch, prompt, answer, tensor } = row;
  const reading = timer({
    answers: 0,
    answerContext: 0,
    promptTokens: batch * prompt,
    promptContext: prompt / 2,
    prompts: batch,
  });
  const answering = timer({
    answers: batch,
    answerContext: prompt + answer / 2,
    promptTokens: 0,
    promptContext: 0,
    prompts: 0,
  });
  return (batch * answer) / (reading + (answer - 1) * answering) / tensor;
}

/** Milliseconds. */
export function predictedFirstToken(row: PublishedFirstToken): number {
  const engine = engineOf({ ...row, format: formatOn(row.accelerator), settings: { batchedTokens: 8192 } });
  return 1000 * promptSeconds(engine, row.prompt, 0, 0);
}

/** The benchmark's engine takes up to 4096 sequences and 8192 tokens, and 95 % of the memory. */
export function predictedThroughput(row: PublishedThroughput): number {
  const settings = { batchedTokens: 8192, maxSequences: 4096, memoryUtilization: 0.95 };
  const engine = engineOf({ ...row, settings });
  const shape = { promptTokens: row.prompt, answerTokens: row.answer };
  return batchPerformance(engine, shape, engine.sequences(row.prompt + row.answer)).tokensPerSecond;
}

export interface PredictedService {
  readonly ttftMilliseconds: number;
  readonly itlMilliseconds: number;
}

export function predictedService(row: PublishedService): PredictedService {
  const engine = engineOf({ ...row, format: "none", settings: { batchedTokens: 8192, maxSequences: 1024 } });
  const arrivals = {
    prompt: { mean: row.prompt },
    answer: { mean: row.answer },
    requestsPerSecond: row.requestsPerSecond,
  };
  const loaded = latencyModel(engine, arrivals)(1);
  if (!loaded)
    throw new Error(`${row.model} does not keep up with ${row.requestsPerSecond} requests a second`);
  return { ttftMilliseconds: 1000 * loaded.ttft.mean, itlMilliseconds: 1000 * loaded.tpot.mean };
}

export function predictedConcurrency(row: PublishedConcurrency): number {
  const engine = engineOf({ ...row, format: "own", settings: { batchedTokens: 8192, maxSequences: 1024 } });
  const shape = { promptTokens: row.prompt, answerTokens: row.answer };
  return batchPerformance(engine, shape, row.concurrency).tokensPerSecond;
}
