/** Drives a device by hand: which tokens of which sequences, and what came of it. */
import { seededRandom } from "../../../components/planning/random.ts";
import { allocateBatch } from "../../../runtime/device/batch.ts";
import type { Batch, Device, StepLimits } from "../../../runtime/device/contract.ts";
import {
  createNativeDevice,
  type NativeDeviceOptions,
  type NativePath,
  nativePaths,
} from "../../../runtime/device/native.ts";
import { buildNative } from "../../../runtime/device/native-build.ts";

export const addon = await buildNative();
/** The paths of this processor. */
export const paths: readonly NativePath[] = nativePaths(addon);
/** With the precisions that each of them computes in. */
export const ways = paths.flatMap((path) => {
  const precisions = path === "amx" ? (["bf16"] as const) : (["bf16", "f32"] as const);
  return precisions.map((precision) => ({ path, precision }));
});

export const smallLimits: StepLimits = {
  stepTokens: 320,
  sequences: 8,
  sequenceTokens: 320,
  topLogprobs: 200,
  adjustments: 64,
};

export function deviceOf(directory: string, options: Partial<NativeDeviceOptions> = {}): Device {
  return createNativeDevice({ addon, directory, limits: smallLimits, blocks: 80, threads: 2, ...options });
}

export function tokensOf(seed: number, count: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.below(100));
}

/** How a token is chosen; what is left out has no effect. */
export interface Choice {
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly seed?: bigint;
  readonly logprobs?: number;
  readonly adjustments?: readonly {
    readonly token: number;
    readonly scale?: number;
    readonly add?: number;
  }[];
  readonly allowed?: readonly number[];
}

/** Tokens of one sequence in one step: those from `start` to `end`. */
export interface Slice {
  readonly tokens: readonly number[];
  readonly start: number;
  readonly end: number;
  readonly blocks: readonly number[];
  readonly isSampled?: boolean;
  /** Default: 0. */
  readonly adapter?: number;
  /** How many of the last tokens are drafts. */
  readonly drafts?: number;
  readonly choice?: Choice;
}

export interface Answer {
  readonly sampled: number;
  readonly status: number;
  readonly logprob: number;
  readonly top: readonly (readonly [token: number, logprob: number])[];
}

export class Steps {
  readonly device: Device;
  readonly batch: Batch;

  constructor(device: Device) {
    this.device = device;
    this.batch = allocateBatch(device.limits, device.facts);
  }

  /** What each sequence's first row got. */
  run(slices: readonly Slice[]): Answer[] {
    return this.rows(slices).map(([first]) => first as Answer);
  }

  rows(slices: readonly Slice[]): Answer[][] {
    this.write(slices);
    this.device.start(this.batch);
    this.device.finish(Number.POSITIVE_INFINITY);
    return this.answers(slices);
  }

  /** What the batch says of a step before it is begun. */
  write(slices: readonly Slice[]): void {
    const { batch } = this;
    batch.sequences = slices.length;
    batch.tokens = 0;
    batch.adjustStart[0] = 0;
    for (const [index, slice] of slices.entries()) this.writeSlice(index, slice);
  }

  /** What the batch says of it once it has ended. */
  answers(slices: readonly Slice[]): Answer[][] {
    return slices.map(({ choice, drafts = 0 }, index) =>
      Array.from({ length: 1 + drafts }, (_, row) =>
        this.read(index * this.batch.rowsPerSequence + row, choice?.logprobs ?? 0),
      ),
    );
  }

  private writeSlice(index: number, slice: Slice): void {
    const { batch } = this;
    const { tokens, start, end, blocks, isSampled = true, drafts = 0, choice = {}, adapter = 0 } = slice;
    batch.queryStart[index] = batch.tokens;
    for (let position = start; position < end; position += 1, batch.tokens += 1) {
      batch.tokenIds[batch.tokens] = tokens[position] ?? -1;
      batch.positions[batch.tokens] = position;
    }
    batch.queryStart[index + 1] = batch.tokens;
    batch.contextLength[index] = end;
    batch.blockTable.set(blocks, index * batch.blocksPerSequence);
    batch.adapter[index] = adapter;
    batch.isSampled[index] = isSampled ? 1 : 0;
    batch.draftTokens[index] = drafts;
    batch.temperature[index] = choice.temperature ?? 0;
    batch.topK[index] = choice.topK ?? 0;
    batch.topP[index] = choice.topP ?? 1;
    batch.minP[index] = choice.minP ?? 0;
    batch.seed[index] = choice.seed ?? 0n;
    batch.logprobs[index] = choice.logprobs ?? -1;
    let at = batch.adjustStart[index] ?? 0;
    for (const { token, scale = 1, add = 0 } of choice.adjustments ?? []) {
      batch.adjustToken[at] = token;
      batch.adjustScale[at] = scale;
      batch.adjustAdd[at] = add;
      at += 1;
    }
    batch.adjustStart[index + 1] = at;
    batch.isMasked[index] = choice.allowed ? 1 : 0;
    const words = batch.allowed.subarray(index * batch.maskWords, (index + 1) * batch.maskWords).fill(0);
    for (const token of choice.allowed ?? []) {
      words[token >> 5] = (words[token >> 5] ?? 0) | (1 << (token & 31));
    }
  }

  private read(row: number, logprobs: number): Answer {
    const { batch, device } = this;
    const first = row * device.limits.topLogprobs;
    const top = Array.from({ length: logprobs }, (_, place): [number, number] => [
      batch.topTokens[first + place] ?? -1,
      batch.topLogprob[first + place] ?? Number.NaN,
    ]);
    return {
      sampled: batch.sampled[row] ?? -1,
      status: batch.status[row] ?? -1,
      logprob: batch.logprob[row] ?? Number.NaN,
      top,
    };
  }
}

/** Blocks from `first` on, enough for so many tokens. */
export function blocksFrom(first: number, tokens: number): number[] {
  return Array.from({ length: Math.ceil(tokens / 16) }, (_, index) => first + index);
}

/**
 * What sequences that begin a step apart get while those before them go on token by token: prompts and single
 * tokens share steps. Each is one of so many tokens of prompt and those behind them.
 */
export function joining(
  device: Device,
  sequences: readonly { readonly tokens: readonly number[]; readonly promptTokens: number }[],
  choice: Choice,
): Answer[][] {
  const steps = new Steps(device);
  const found: Answer[][] = sequences.map(() => []);
  const turns = Math.max(
    ...sequences.map(({ tokens, promptTokens }, index) => index + tokens.length - promptTokens + 1),
  );
  for (let turn = 0; turn < turns; turn += 1) {
    const slices: Slice[] = [];
    const members: number[] = [];
    for (const [index, { tokens, promptTokens }] of sequences.entries()) {
      const end = promptTokens + turn - index;
      if (turn < index || end > tokens.length) continue;
      const start = turn === index ? 0 : end - 1;
      slices.push({ tokens, start, end, blocks: blocksFrom(index * 8, tokens.length), choice });
      members.push(index);
    }
    for (const [place, answer] of steps.run(slices).entries()) found[members[place] ?? 0]?.push(answer);
  }
  return found;
}

/** By token. */
export function byToken({ top }: Answer): number[] {
  const row: number[] = [];
  for (const [token, logprob] of top) row[token] = logprob;
  return row;
}
