/**
 * Finds the first of many stop strings in a text that comes in pieces. What could be the beginning of one is
 * held back until it is clear: nothing of a stop string is ever shown.
 */

export interface Stopped {
  /** May be shown now. */
  readonly text: string;
  /** The one that was found; the text ends before it, and whatever comes after is nobody's. */
  readonly stop?: string;
}

/** A place in the tree of all stop strings, by the length of what has been read of them. */
interface Node {
  readonly next: Map<string, Node>;
  readonly depth: number;
  /** The longest other beginning that the text ends with as well. */
  fallback: Node | undefined;
  /** A stop string that ends here; the longest, where several do. */
  stop: string | undefined;
}

export class StopStrings {
  readonly #root: Node;
  #at: Node;
  #held = "";
  #isDone = false;

  /** Empty ones would stop everything, and are left out. */
  constructor(stops: readonly string[]) {
    this.#root = treeOf(stops.filter((stop) => stop !== ""));
    this.#at = this.#root;
  }

  /** Once one has been found, nothing more is told. */
  push(piece: string): Stopped {
    if (this.#isDone) return { text: "" };
    const text = this.#held + piece;
    for (let index = this.#held.length; index < text.length; index += 1) {
      this.#at = follow(this.#root, this.#at, text.charAt(index));
      const { stop } = this.#at;
      if (stop !== undefined) {
        this.#isDone = true;
        this.#held = "";
        return { text: text.slice(0, index + 1 - stop.length), stop };
      }
    }
    const shown = text.length - this.#at.depth;
    this.#held = text.slice(shown);
    return { text: text.slice(0, shown) };
  }

  /** The text ends here: what was held back is text. */
  end(): string {
    const held = this.#held;
    this.#held = "";
    this.#isDone = true;
    return held;
  }
}

/** As Aho and Corasick found it: one step forward a character, however many strings are looked for. */
function treeOf(stops: readonly string[]): Node {
  const root = nodeOf(0);
  for (const stop of stops) {
    let node = root;
    for (let index = 0; index < stop.length; index += 1) {
      const letter = stop.charAt(index);
      const next = node.next.get(letter) ?? nodeOf(index + 1);
      node.next.set(letter, next);
      node = next;
    }
    node.stop = stop;
  }
  let level = [root];
  while (level.length > 0) {
    for (const node of level) {
      for (const [letter, next] of node.next) {
        next.fallback = node === root ? root : follow(root, node.fallback ?? root, letter);
        next.stop ??= next.fallback.stop;
      }
    }
    level = level.flatMap((node) => [...node.next.values()]);
  }
  return root;
}

function nodeOf(depth: number): Node {
  return { next: new Map(), depth, fallback: undefined, stop: undefined };
}

function follow(root: Node, from: Node, letter: string): Node {
  for (let node: Node | undefined = from; node; node = node.fallback) {
    const next = node.next.get(letter);
    if (next) return next;
  }
  return root;
}
