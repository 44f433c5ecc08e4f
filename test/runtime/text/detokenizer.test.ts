import { expect, test } from "vitest";
import { seededRandom } from "../../../components/planning/random.ts";
import { Detokenizer } from "../../../runtime/text/detokenizer.ts";
import { encodingsOf, tokenizerNamed, tokenizerNames } from "../../support/runtime/tokenizers.ts";

const modes = [{}, { special: true }, { continues: true }, { special: true, continues: true }];

test.each(tokenizerNames)(
  "%s: 4,000 random token sequences, told piece by piece as when decoded whole",
  (name) => {
    const tokenizer = tokenizerNamed(name);
    const random = seededRandom(17);
    for (let turn = 0; turn < 4000; turn += 1) {
      const tokens = Array.from({ length: random.below(20) }, () => random.below(tokenizer.vocabularySize));
      const mode = modes[turn % modes.length];
      const shown = new Set(mode?.special ? tokenizer.specialTokens.values() : []);
      const detokenizer = new Detokenizer(tokenizer, { ...mode, shown });
      const pieces = tokens.map((token) => detokenizer.push(token));
      expect([...pieces, detokenizer.end()].join("")).toBe(tokenizer.decode(tokens, mode));
    }
  },
);

test.each(tokenizerNames)("%s: of whole texts, never a broken character on the way", (name) => {
  const tokenizer = tokenizerNamed(name);
  for (const [text, plain] of encodingsOf(name)) {
    const detokenizer = new Detokenizer(tokenizer);
    const pieces = plain.map((token) => detokenizer.push(token));
    if (!text.includes("\u{fffd}")) for (const piece of pieces) expect(piece).not.toContain("\u{fffd}");
    for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
    expect(detokenizer.end()).toBe("");
    expect(pieces.join("")).toBe(tokenizer.decode(plain));
  }
});

test("a character of four tokens comes with its last", () => {
  const tokenizer = tokenizerNamed("llama2");
  const tokens = ["<0xF0>", "<0x9F>", "<0x99>", "<0x82>"].map((byte) => tokenizer.tokenOf(byte) ?? -1);
  const detokenizer = new Detokenizer(tokenizer);
  expect(tokens.map((token) => detokenizer.push(token))).toEqual(["", "", "", "🙂"]);
});

test("what is left of a character at the end is told as U+FFFD", () => {
  const tokenizer = tokenizerNamed("llama2");
  const detokenizer = new Detokenizer(tokenizer);
  expect(detokenizer.push(tokenizer.tokenOf("<0xF0>") ?? -1)).toBe("");
  expect(detokenizer.end()).toBe("\u{fffd}");
});

test("a byte order mark is a character like others", () => {
  const tokenizer = tokenizerNamed("gpt2");
  const detokenizer = new Detokenizer(tokenizer);
  const told = [...tokenizer.encode("\u{feff}a")].map((token) => detokenizer.push(token)).join("");
  expect(told).toBe("\u{feff}a");
});

test("of special tokens those that are asked for are shown", () => {
  const tokenizer = tokenizerNamed("qwen");
  const [first, second] = [...tokenizer.specialTokens];
  if (!first || !second) throw new Error("the tokenizer has no special tokens");
  const detokenizer = new Detokenizer(tokenizer, { shown: new Set([second[1]]) });
  expect([first[1], second[1]].map((token) => detokenizer.push(token))).toEqual(["", second[0]]);
});
