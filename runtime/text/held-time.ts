/** How long answers had to do without masks, and what they are given back of it. */

/** So little is given back later, with what comes to it. */
const leastMilliseconds = 50;

export class HeldTime {
  /** Since when they are held. */
  #from: number | undefined;
  /** What they were owed then. */
  #before = 0;
  /** Until when they are given back what they are owed. */
  #until = 0;

  /** Does nothing where they are held already. */
  begin(): void {
    if (this.#from !== undefined) return;
    this.#from = performance.now();
    this.#before = Math.max(this.#until - this.#from, 0);
  }

  end(): void {
    if (this.#from === undefined) return;
    const now = performance.now();
    this.#until = now + this.#before + (now - this.#from);
    this.#from = undefined;
  }

  /** Nobody is owed anything. */
  clear(): void {
    this.#from = undefined;
    this.#until = 0;
  }

  /** 0 where it is not worth it yet. */
  get owedMilliseconds(): number {
    const owed = this.#until - performance.now();
    return owed < leastMilliseconds ? 0 : owed;
  }
}
