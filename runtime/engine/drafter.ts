/**
 * Guesses what comes next in one sequence by what it said before (prompt lookup): the tokens that followed
 * the last place that ends as it ends now. A step computes the guesses beside the token that is due; those
 * that turn out right are tokens that cost no step of their own.
 */

export interface Speculation {
  /** The most drafts of one sequence in a step; 0: none. */
  readonly tokens: number;
  /** At least `min` tokens must be alike; more than `max` are not compared. */
  readonly ngram: { readonly min: number; readonly max: number };
}

/** Older places are not looked at: a look takes microseconds however long the context is. */
const searchedTokens = 32_768;
/** After so many drafts in a row whose first was wrong, pauses grow no longer. */
const missesMax = 5;

export class Drafter {
  private readonly speculation: Speculation;
  /** Fewer than may be, where it was wrong before. */
  private most: number;
  private misses = 0;
  /** Steps that are still left out. */
  private pause = 0;

  constructor(speculation: Speculation) {
    this.speculation = speculation;
    this.most = speculation.tokens;
  }

  /** Writes guesses behind the known tokens, `room` at most; answers how many. */
  draft(tokens: Int32Array, known: number, room: number): number {
    const count = Math.min(this.most, room);
    if (count < 1) return 0;
    if (this.pause > 0) {
      this.pause -= 1;
      return 0;
    }
    const end = this.likest(tokens, known);
    if (end === -1) return 0;
    // What repeats itself is guessed beyond what is known of it.
    for (let index = 1; index <= count; index += 1) tokens[known - 1 + index] = tokens[end + index] ?? 0;
    return count;
  }

  /** Who guesses wrong guesses less: wrong guesses cost whoever shares the step. */
  learn(drafts: number, accepted: number): void {
    if (accepted === 0) {
      this.misses = Math.min(this.misses + 1, missesMax);
      this.pause = 2 ** this.misses - 1;
      this.most = 1;
      return;
    }
    this.misses = 0;
    this.most = accepted < drafts ? accepted : Math.min(2 * accepted, this.speculation.tokens);
  }

  /** Where the longest piece ends that ends as all does; among equal ones the last; -1 if there is none. */
  private likest(tokens: Int32Array, known: number): number {
    const { min, max } = this.speculation.ngram;
    const last = known - 1;
    const first = Math.max(min - 1, last - searchedTokens);
    // Of the whole context, a token that is nowhere in it would be looked for up to its beginning.
    const searched = tokens.subarray(first, last);
    let [best, length] = [-1, min - 1];
    for (let end = last - 1; end >= first && length < max; end -= 1) {
      const place = searched.lastIndexOf(tokens[last] ?? 0, end - first);
      if (place === -1) break;
      end = first + place;
      const alike = alikeBefore(tokens, end, last, max);
      if (alike > length) [best, length] = [end, alike];
    }
    return best;
  }
}

/** How many tokens up to `end` are those up to `last`, `max` at most. */
function alikeBefore(tokens: Int32Array, end: number, last: number, max: number): number {
  let count = 0;
  while (count < max && count <= end && tokens[end - count] === tokens[last - count]) count += 1;
  return count;
}
