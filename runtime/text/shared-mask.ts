/**
 * What may come next in one answer, in memory that the thread of the steps and that of the grammars share:
 * the one writes the token that came, the other the mask of those that may follow it.
 */

/** Words of the header: tokens told, those answered for, the last one, a problem's bytes and one more. */
const [told, answered, last, fault, headerWords] = [0, 1, 2, 3, 4];

export class SharedMask {
  readonly memory: SharedArrayBuffer;
  /** One bit for each token of the vocabulary, the lowest first. */
  readonly words: Int32Array;
  readonly #header: Int32Array;
  readonly #bytes: Uint8Array;

  private constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#header = new Int32Array(memory, 0, headerWords);
    this.words = new Int32Array(memory, headerWords * 4);
    this.#bytes = new Uint8Array(memory, headerWords * 4);
  }

  static create(vocabularySize: number): SharedMask {
    return new SharedMask(new SharedArrayBuffer((headerWords + Math.ceil(vocabularySize / 32)) * 4));
  }

  static of(memory: SharedArrayBuffer): SharedMask {
    return new SharedMask(memory);
  }

  /** The mask follows what was told last. */
  get isReady(): boolean {
    return Atomics.load(this.#header, told) === Atomics.load(this.#header, answered);
  }

  /** Why no mask can be made any more. */
  get problem(): string | undefined {
    const bytes = Atomics.load(this.#header, fault) - 1;
    return bytes < 0 ? undefined : Buffer.from(this.#bytes.slice(0, bytes)).toString();
  }

  /** The token that came; the mask before it is read no more. */
  tell(token: number): void {
    Atomics.store(this.#header, last, token);
    Atomics.add(this.#header, told, 1);
  }

  /** Waits for the mask, for so many milliseconds at most; whether it is there. */
  wait(milliseconds: number): boolean {
    if (this.isReady) return true;
    Atomics.wait(this.#header, answered, Atomics.load(this.#header, told) - 1, milliseconds);
    return this.isReady;
  }

  /** The token that came, where it is not answered for yet. */
  get next(): number | undefined {
    return this.isReady ? undefined : Atomics.load(this.#header, last);
  }

  /** The words are those of the mask that follows, or there will be none: then they hold the problem. */
  answer(problem?: string): void {
    if (problem !== undefined) {
      const bytes = Buffer.from(problem).subarray(0, this.words.byteLength);
      this.#bytes.set(bytes);
      Atomics.store(this.#header, fault, bytes.length + 1);
    }
    Atomics.store(this.#header, answered, Atomics.load(this.#header, told));
    Atomics.notify(this.#header, answered);
  }
}
