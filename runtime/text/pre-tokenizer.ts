/**
 * Cuts a text into the pieces within which a tokenizer merges. The library translates the patterns; how a cut
 * is made is done here, since it knows neither all ways of it nor all spaces (version 0.2.0, 2026-11-22).
 */

import { letterOfByte } from "./byte-letters.ts";
import { escaped } from "./escaped.ts";
import { libraryParts } from "./library-parts.ts";
import type { Cut, Pattern, SplitBehavior } from "./tokenizer-file.ts";

interface Piece {
  readonly text: string;
  /** Nothing of the whole text is before it. */
  readonly isFirst: boolean;
}

type Step = (piece: Piece) => readonly Piece[];

export type PreTokenizer = (text: string, isFirst: boolean) => string[];

/** What GPT-2 cut by, with the spaces of Unicode: those of JavaScript are others. */
const wordPattern =
  String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+` +
  String.raw`|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+`;

export function preTokenizerOf(cuts: readonly Cut[]): PreTokenizer {
  const steps = cuts.map(stepOf);
  return (text, isFirst) => {
    let pieces: readonly Piece[] = [{ text, isFirst }];
    for (const step of steps) pieces = pieces.flatMap(step);
    return pieces.map((piece) => piece.text);
  };
}

function stepOf(cut: Cut): Step {
  switch (cut.type) {
    case "Split":
      return splitStep(regexOf(cut.pattern), cut.behavior, cut.invert);
    case "Digits":
      return splitStep(/\p{N}/gu, cut.individual_digits ? "Isolated" : "Contiguous");
    case "Metaspace":
      return metaspaceStep(cut);
    case "ByteLevel":
      return byteLevelStep(cut);
  }
}

function regexOf(pattern: Pattern): RegExp {
  const split = { type: "Split", pattern, behavior: "Isolated", invert: true };
  const found = libraryParts({ pre_tokenizer: split }).pre_tokenizer?.pattern;
  if (found) return found;
  throw new TypeError(`the library has no pattern for ${JSON.stringify(pattern)}`);
}

function splitStep(pattern: RegExp, behavior: SplitBehavior, isInverted = false): Step {
  return ({ text, isFirst }) =>
    joined(spansOf(text, pattern, isInverted), behavior)
      .filter(({ from, to }) => to > from)
      .map(({ from, to }) => ({ text: text.slice(from, to), isFirst: isFirst && from === 0 }));
}

interface Span {
  from: number;
  to: number;
  readonly isMatch: boolean;
}

function spansOf(text: string, pattern: RegExp, isInverted: boolean): Span[] {
  const spans: Span[] = [];
  let done = 0;
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    if (match.index > done) spans.push({ from: done, to: match.index, isMatch: isInverted });
    spans.push({ from: match.index, to: end, isMatch: !isInverted });
    done = end;
  }
  if (done < text.length) spans.push({ from: done, to: text.length, isMatch: isInverted });
  return spans;
}

/** As huggingface/tokenizers has it (tokenizer/normalizer.rs, `split`; 2026-11-22). */
function joined(spans: Span[], behavior: SplitBehavior): Span[] {
  switch (behavior) {
    case "Isolated":
      return spans;
    case "Removed":
      return spans.filter(({ isMatch }) => !isMatch);
    case "Contiguous":
      return fold(spans, (span, before) => span.isMatch === before.isMatch);
    case "MergedWithPrevious":
      return fold(spans, (span, before) => span.isMatch && !before.isMatch);
    case "MergedWithNext":
      return fold(spans, (span, before) => before.isMatch && !span.isMatch);
  }
}

/** Two neighbours are told as they stood in the text, whatever either has been joined with. */
function fold(spans: readonly Span[], belongs: (span: Span, before: Span) => boolean): Span[] {
  const result: Span[] = [];
  let before: Span | undefined;
  for (const span of spans) {
    const last = result.at(-1);
    if (last && before && belongs(span, before)) last.to = span.to;
    else result.push({ ...span });
    before = span;
  }
  return result;
}

function metaspaceStep({ replacement, prepend_scheme, split }: Extract<Cut, { type: "Metaspace" }>): Step {
  const pattern = new RegExp(escaped(replacement), "gu");
  const cut = splitStep(pattern, "MergedWithNext");
  return ({ text, isFirst }) => {
    const marked = text.replaceAll(" ", () => replacement);
    const isPrefixed = prepend_scheme === "always" || (prepend_scheme === "first" && isFirst);
    const whole = isPrefixed && !marked.startsWith(replacement) ? replacement + marked : marked;
    const piece = { text: whole, isFirst };
    return split ? cut(piece) : [piece];
  };
}

function byteLevelStep({ add_prefix_space, use_regex }: Extract<Cut, { type: "ByteLevel" }>): Step {
  const words = splitStep(new RegExp(wordPattern, "gu"), "Isolated");
  const letters = ({ text, isFirst }: Piece) => ({ text: lettersOf(text), isFirst });
  return ({ text, isFirst }) => {
    const whole = add_prefix_space && !text.startsWith(" ") ? ` ${text}` : text;
    const piece = { text: whole, isFirst };
    return (use_regex ? words(piece) : [piece]).map(letters);
  };
}

/** One for each byte of its UTF-8. Pieces are many and short: for those of ASCII nothing is made. */
function lettersOf(text: string): string {
  let letters = "";
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return lettersOfBytes(Buffer.from(text, "utf8"));
    letters += letterOfByte[code];
  }
  return letters;
}

function lettersOfBytes(bytes: Uint8Array): string {
  let letters = "";
  for (const byte of bytes) letters += letterOfByte[byte];
  return letters;
}
