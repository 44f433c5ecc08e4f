/** Causal attention over windows of equal length; several heads of queries share one of keys and values. */
import { exponential } from "./exponential.ts";
import type { Arena, Matrix } from "./matrix.ts";

export interface AttentionSize {
  readonly windows: number;
  /** Of a window; a multiple of 8, as is the width of a head. */
  readonly tokens: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly headWidth: number;
}

/** Rows of tokens, window after window; in each the heads one behind the other. */
export interface AttentionInputs {
  readonly queries: Float32Array;
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/** How many numbers `attention` keeps for its way back. */
export function shareCount({ windows, tokens, heads }: AttentionSize): number {
  return windows * heads * tokens * tokens;
}

/** One head of one window: where its rows lie. */
interface HeadPlace {
  readonly queryStart: number;
  readonly queryStride: number;
  readonly keyStart: number;
  readonly keyStride: number;
  readonly shareStart: number;
}

function placesOf({ windows, tokens, heads, keyHeads, headWidth }: AttentionSize): HeadPlace[] {
  const [queryStride, keyStride] = [heads * headWidth, keyHeads * headWidth];
  return Array.from({ length: windows * heads }, (_, index) => {
    const [window, head] = [Math.floor(index / heads), index % heads];
    const keyHead = Math.floor((head * keyHeads) / heads);
    return {
      queryStart: window * tokens * queryStride + head * headWidth,
      queryStride,
      keyStart: window * tokens * keyStride + keyHead * headWidth,
      keyStride,
      shareStart: index * tokens * tokens,
    };
  });
}

/** Rows computed together, and how many tokens the last of them sees: what comes later is left out. */
function rowBlocks(tokens: number): { row: number; rows: number; seen: number }[] {
  const most = 64;
  return Array.from({ length: Math.ceil(tokens / most) }, (_, index) => {
    const row = index * most;
    const rows = Math.min(most, tokens - row);
    return { row, rows, seen: row + rows };
  });
}

/** The same matrix without its first rows. */
function from(matrix: Matrix, row: number): Matrix {
  return { ...matrix, start: (matrix.start ?? 0) + row * matrix.rowStride };
}

function turnedMatrix({ values, start, rowStride }: Matrix): Matrix {
  return { values, start, rowStride: 1, columnStride: rowStride };
}

/** Sets `output`, and in `shares` how much each token looks at each before it. */
export function attention(
  arena: Arena,
  size: AttentionSize,
  { queries, keys, values }: AttentionInputs,
  shares: Float32Array,
  output: Float32Array,
): void {
  const { tokens, headWidth } = size;
  const turned = arena.scratch("turnedHead", headWidth * tokens);
  for (const { queryStart, queryStride, keyStart, keyStride, shareStart } of placesOf(size)) {
    turnHead(size, keys, keyStart, keyStride, turned);
    const share: Matrix = { values: shares, start: shareStart, rowStride: tokens };
    const query: Matrix = { values: queries, start: queryStart, rowStride: queryStride };
    for (const { row, rows, seen } of rowBlocks(tokens)) {
      const size = { rows, columns: seen, terms: headWidth };
      arena.multiply(size, from(query, row), { values: turned, rowStride: tokens }, from(share, row));
    }
    causalSoftmax(shares.subarray(shareStart, shareStart + tokens * tokens), tokens, headWidth ** -0.5);
    const value: Matrix = { values, start: keyStart, rowStride: keyStride };
    const seenValue: Matrix = { values: output, start: queryStart, rowStride: queryStride };
    for (const { row, rows, seen } of rowBlocks(tokens)) {
      const size = { rows, columns: headWidth, terms: seen };
      arena.multiply(size, from(share, row), value, from(seenValue, row));
    }
  }
}

function turnHead(
  { tokens, headWidth }: AttentionSize,
  from: Float32Array,
  start: number,
  stride: number,
  into: Float32Array,
): void {
  for (let token = 0; token < tokens; token += 1) {
    for (let column = 0; column < headWidth; column += 1) {
      into[column * tokens + token] = from[start + token * stride + column] as number;
    }
  }
}

/** Each row up to its diagonal; what comes later has no share. */
function causalSoftmax(scores: Float32Array, tokens: number, scale: number): void {
  for (let row = 0; row < tokens; row += 1) {
    const start = row * tokens;
    let most = Number.NEGATIVE_INFINITY;
    for (let at = start; at <= start + row; at += 1) most = Math.max(most, scores[at] as number);
    let total = 0;
    for (let at = start; at <= start + row; at += 1) {
      const share = exponential(((scores[at] as number) - most) * scale);
      scores[at] = share;
      total += share;
    }
    for (let at = start; at <= start + row; at += 1) scores[at] = (scores[at] as number) / total;
    scores.fill(0, start + row + 1, start + tokens);
  }
}

/** Adds to the gradients of all three inputs. */
export function attentionBackward(
  arena: Arena,
  size: AttentionSize,
  inputs: AttentionInputs,
  shares: Float32Array,
  outputGradient: Float32Array,
  gradients: AttentionInputs,
): void {
  const { tokens, headWidth } = size;
  const turned = arena.scratch("turnedHead", headWidth * tokens);
  const scores = arena.scratch("scores", tokens * tokens);
  for (const { queryStart, queryStride, keyStart, keyStride, shareStart } of placesOf(size)) {
    const queryPlace = { start: queryStart, rowStride: queryStride };
    const keyPlace = { start: keyStart, rowStride: keyStride };
    const wanted: Matrix = { values: outputGradient, ...queryPlace };
    const share: Matrix = { values: shares, start: shareStart, rowStride: tokens };
    const score: Matrix = { values: scores, rowStride: tokens };
    turnHead(size, inputs.values, keyStart, keyStride, turned);
    for (const { row, rows, seen } of rowBlocks(tokens)) {
      const keySize = { rows: seen, columns: headWidth, terms: rows };
      const valueGradient: Matrix = { values: gradients.values, ...keyPlace };
      arena.multiply(keySize, turnedMatrix(from(share, row)), from(wanted, row), valueGradient, true);
      const square = { rows, columns: seen, terms: headWidth };
      arena.multiply(square, from(wanted, row), { values: turned, rowStride: tokens }, from(score, row));
    }
    softmaxBackward(shares, shareStart, scores, tokens, headWidth ** -0.5);
    for (const { row, rows, seen } of rowBlocks(tokens)) {
      const querySize = { rows, columns: headWidth, terms: seen };
      const queryGradient: Matrix = { values: gradients.queries, ...queryPlace };
      const key: Matrix = { values: inputs.keys, ...keyPlace };
      arena.multiply(querySize, from(score, row), key, from(queryGradient, row), true);
      const keySize = { rows: seen, columns: headWidth, terms: rows };
      const query: Matrix = { values: inputs.queries, ...queryPlace };
      const keyGradient: Matrix = { values: gradients.keys, ...keyPlace };
      arena.multiply(keySize, turnedMatrix(from(score, row)), from(query, row), keyGradient, true);
    }
  }
}

/** The gradients of shares in `scores` become those of the scores before softmax. */
function softmaxBackward(
  shares: Float32Array,
  start: number,
  scores: Float32Array,
  tokens: number,
  scale: number,
): void {
  for (let row = 0; row < tokens; row += 1) {
    const at = row * tokens;
    let along = 0;
    for (let column = 0; column <= row; column += 1) {
      along += (scores[at + column] as number) * (shares[start + at + column] as number);
    }
    for (let column = 0; column <= row; column += 1) {
      const change = ((scores[at + column] as number) - along) * scale;
      scores[at + column] = change * (shares[start + at + column] as number);
    }
    scores.fill(0, at + row + 1, at + tokens);
  }
}
