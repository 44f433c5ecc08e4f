import { expect, test } from "vitest";
import { preTokenizerOf } from "../../../runtime/text/pre-tokenizer.ts";
import type { Cut } from "../../../runtime/text/tokenizer-file.ts";

const spaces = (behavior: Extract<Cut, { type: "Split" }>["behavior"], invert = false): Cut => ({
  type: "Split",
  pattern: { String: " " },
  behavior,
  invert,
});
const metaspace = (prepend_scheme: "always" | "first" | "never", split: boolean): Cut => ({
  type: "Metaspace",
  replacement: "▁",
  prepend_scheme,
  split,
});

test.each<{ case: string; cuts: Cut[]; text: string; isFirst?: boolean; want: string[] }>([
  { case: "no cut", cuts: [], text: "a b", want: ["a b"] },
  { case: "isolated", cuts: [spaces("Isolated")], text: "a  b", want: ["a", " ", " ", "b"] },
  { case: "removed", cuts: [spaces("Removed")], text: "a  b", want: ["a", "b"] },
  { case: "kept alone", cuts: [spaces("Removed", true)], text: "a  b", want: [" ", " "] },
  { case: "contiguous", cuts: [spaces("Contiguous")], text: "a  b", want: ["a", "  ", "b"] },
  { case: "with previous", cuts: [spaces("MergedWithPrevious")], text: " a  b", want: [" ", "a ", " ", "b"] },
  { case: "with next", cuts: [spaces("MergedWithNext")], text: "a  b ", want: ["a", " ", " b", " "] },
  {
    case: "digits one by one",
    cuts: [{ type: "Digits", individual_digits: true }],
    text: "a12²",
    want: ["a", "1", "2", "²"],
  },
  {
    case: "digits together",
    cuts: [{ type: "Digits", individual_digits: false }],
    text: "a12b",
    want: ["a", "12", "b"],
  },
  { case: "spaces marked", cuts: [metaspace("always", true)], text: "a  b", want: ["▁a", "▁", "▁b"] },
  { case: "marked, uncut", cuts: [metaspace("always", false)], text: "a b", want: ["▁a▁b"] },
  { case: "a mark that is there", cuts: [metaspace("always", false)], text: " a", want: ["▁a"] },
  { case: "a mark at the first alone", cuts: [metaspace("first", false)], text: "a", want: ["▁a"] },
  { case: "none further on", cuts: [metaspace("first", false)], text: "a", isFirst: false, want: ["a"] },
  { case: "none at all", cuts: [metaspace("never", false)], text: "a b", want: ["a▁b"] },
  {
    case: "words, in letters of bytes",
    cuts: [{ type: "ByteLevel", add_prefix_space: false, use_regex: true }],
    text: "it's é\u{85}x",
    want: ["it", "'s", "ĠÃ©", "Âħ", "x"],
  },
  {
    case: "a space before the first word",
    cuts: [{ type: "ByteLevel", add_prefix_space: true, use_regex: false }],
    text: "a b",
    want: ["ĠaĠb"],
  },
  {
    case: "only the piece at the beginning is first",
    cuts: [spaces("Isolated"), metaspace("first", false)],
    text: "a b",
    want: ["▁a", "▁", "b"],
  },
])("$case", ({ cuts, text, isFirst = true, want }) => {
  expect(preTokenizerOf(cuts)(text, isFirst)).toEqual(want);
});
