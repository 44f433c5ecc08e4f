/** How fast a device computes here and now: whole prompts, and answers of several requests at a time. */
import { allocateBatch } from "./device/batch.ts";
import type { Batch, Device } from "./device/contract.ts";

export interface Speed {
  readonly sequences: number;
  /** Tokens of the context before those that were measured. */
  readonly contextTokens: number;
  readonly tokensPerSecond: number;
}

export interface DeviceSpeed {
  readonly prefill: Speed;
  readonly decode: readonly Speed[];
}

/** Steps that are computed before any is measured: caches and clocks settle. */
const warmSteps = 2;

/** Writes over the KV cache: nobody else may use the device. A prompt is as long as a step, or shorter. */
export function measureDevice(
  device: Device,
  batchSizes: readonly number[],
  { contextTokens = 64, steps = 16, promptTokens = device.limits.stepTokens } = {},
): DeviceSpeed {
  const batch = allocateBatch(device.limits, device.facts);
  const prompt = Math.min(promptTokens, device.limits.stepTokens, device.limits.sequenceTokens);
  return {
    prefill: { ...speedOf(device, batch, 1, prompt, 0, 3), contextTokens: 0 },
    decode: batchSizes
      .filter((size) => fits(device, size, contextTokens + steps))
      .map((size) => speedOf(device, batch, size, 1, contextTokens, steps)),
  };
}

function fits({ limits, facts }: Device, sequences: number, tokens: number): boolean {
  const blocks = sequences * Math.ceil(tokens / facts.blockTokens);
  return sequences <= limits.sequences && tokens <= limits.sequenceTokens && blocks <= facts.blocks;
}

/** Each step computes so many tokens of each sequence, after the same context. */
function speedOf(
  device: Device,
  batch: Batch,
  sequences: number,
  tokens: number,
  contextTokens: number,
  steps: number,
): Speed {
  let started = 0;
  // Every step is told the same: nobody else writes what it reads.
  fill(device, batch, sequences, tokens, contextTokens);
  for (let step = -warmSteps; step < steps; step += 1) {
    if (step === 0) started = performance.now();
    device.start(batch);
    device.finish(Number.POSITIVE_INFINITY);
  }
  const seconds = (performance.now() - started) / 1000;
  return { sequences, contextTokens, tokensPerSecond: (sequences * tokens * steps) / seconds };
}

function fill(device: Device, batch: Batch, sequences: number, tokens: number, contextTokens: number): void {
  const { blockTokens, vocabularySize } = device.facts;
  const blocks = Math.ceil((contextTokens + tokens) / blockTokens);
  batch.sequences = sequences;
  batch.tokens = sequences * tokens;
  for (let index = 0; index < sequences; index += 1) {
    batch.queryStart[index] = index * tokens;
    batch.contextLength[index] = contextTokens + tokens;
    batch.isSampled[index] = 1;
    batch.topP[index] = 1;
    batch.logprobs[index] = -1;
    for (let block = 0; block < blocks; block += 1) {
      batch.blockTable[index * batch.blocksPerSequence + block] = index * blocks + block;
    }
    for (let token = 0; token < tokens; token += 1) {
      batch.tokenIds[index * tokens + token] = (index * 31 + token * 7) % vocabularySize;
      batch.positions[index * tokens + token] = contextTokens + token;
    }
  }
  batch.queryStart[sequences] = sequences * tokens;
}
