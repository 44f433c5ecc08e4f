/**
 * The step behind one that is still computed: places for the tokens that come after those which nobody knows
 * yet. It is begun only where anything but these tokens' values is known before: who is in it, where each
 * token stands, and that no decision of a step between them is put off.
 */
import type { Sequence } from "./sequence.ts";
import type { SequenceBlocks } from "./sequence-blocks.ts";

/**
 * Writes to `step`, which is empty, those of the running ones whose next token but one is computed ahead;
 * none where something else has to come first. `isAwaited`: somebody waits for a place.
 */
export function holdPlaces(
  step: Sequence[],
  running: readonly Sequence[],
  blocks: SequenceBlocks,
  isAwaited: boolean,
): void {
  let missing = 0;
  for (let index = 0; index < running.length; index += 1) {
    const sequence = running[index] as Sequence;
    const isLast = sequence.known + 1 === sequence.tokens.length;
    // Whoever ends with the step under way leaves a place to who waits.
    if (!isForeseen(sequence) || (isLast && isAwaited)) {
      step.length = 0;
      return;
    }
    if (isLast) continue;
    missing += blocks.missing(sequence, sequence.known + 1);
    step.push(sequence);
  }
  // Blocks of others are taken between two steps alone.
  if (missing > blocks.free) step.length = 0;
  for (let index = 0; index < step.length; index += 1) {
    const sequence = step[index] as Sequence;
    blocks.grow(sequence, sequence.known + 1);
    sequence.ahead = 1;
  }
}

/** The step under way brings one token of it, whose value nobody has to know to go on. */
function isForeseen({ isPlain, isHeld, computed, scheduled, known }: Sequence): boolean {
  return isPlain && !isHeld && scheduled > 0 && computed + scheduled === known;
}
