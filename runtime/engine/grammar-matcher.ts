/** What may come next in an answer that must follow a grammar. */
export interface GrammarMatcher {
  /** Sets one bit for each token that may come next, from `offset` words on; the lowest bit first. */
  fillMask(mask: Int32Array, offset: number): void;
  /** The token that came; false if it may not come. */
  accept(token: number): boolean;
  /** Nothing may come any more. */
  readonly isDone: boolean;
  /** Whether fillMask can tell what may follow the token that came last. Absent: it always can. */
  readonly isReady?: boolean;
  /** Waits for that, for so many milliseconds at most; answers how many it took. */
  wait?(milliseconds: number): number;
  /** Nobody follows it any more. */
  dispose(): void;
}
