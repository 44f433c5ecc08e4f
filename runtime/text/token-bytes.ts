/** The bytes that each token of a vocabulary stands for, as its decoder has them. */
import { byteOfLetter } from "./byte-letters.ts";
import type { DecoderStep } from "./tokenizer-file.ts";

export interface TokenBytes {
  of(token: string): Uint8Array;
  /** A text loses the space that it begins with: such a tokenizer puts one there. */
  readonly dropsFirstSpace: boolean;
}

const byteToken = /^<0x([0-9A-F]{2})>$/;

/** Undefined where the steps are no decoder of a known family. */
export function tokenBytesOf(steps: readonly DecoderStep[]): TokenBytes | undefined {
  const [only] = steps;
  if (steps.length === 1 && only?.type === "ByteLevel") return { of: byteLevelBytes, dropsFirstSpace: false };
  if (steps.some(({ type }) => type === "ByteLevel") || !isInOrder(steps)) return undefined;
  return {
    of: (token) => replacedBytes(token, steps),
    dropsFirstSpace: steps.some(
      (step) => step.type === "Metaspace" || (step.type === "Strip" && step.start === 1),
    ),
  };
}

/** What changes single tokens comes before they are joined, and what changes the whole comes after. */
function isInOrder(steps: readonly DecoderStep[]): boolean {
  const order = ["Replace", "Metaspace", "ByteFallback", "Fuse", "Strip"];
  const places = steps.map(({ type }) => order.indexOf(type));
  const isFused = !places.includes(order.indexOf("Strip")) || places.includes(order.indexOf("Fuse"));
  return steps.length > 0 && isFused && places.every((place, index) => place >= (places[index - 1] ?? 0));
}

/** A letter that writes no byte can only stand for itself. */
function byteLevelBytes(token: string): Uint8Array {
  const bytes = Array.from(token, (letter) => byteOfLetter.get(letter));
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : Buffer.from(token, "utf8");
}

function replacedBytes(token: string, steps: readonly DecoderStep[]): Uint8Array {
  let text = token;
  for (const step of steps) {
    if (step.type === "Replace") text = text.replaceAll(step.pattern.String, () => step.content);
    if (step.type === "Metaspace") text = text.replaceAll(step.replacement, " ");
    if (step.type === "ByteFallback") {
      const hex = byteToken.exec(text)?.[1];
      if (hex) return Uint8Array.of(Number.parseInt(hex, 16));
    }
  }
  return Buffer.from(text, "utf8");
}
