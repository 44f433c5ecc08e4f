import { Tokenizer } from "@huggingface/tokenizers";
import { expect, test } from "vitest";
import { makeTokenizer, specialTokens } from "../../../runtime/tiny/tokenizer-maker.ts";

const text = "the queue the queues, the queue of the team: a queue";

function load(vocabularySize: number) {
  const files = makeTokenizer(text, vocabularySize);
  const json = JSON.parse(files["tokenizer.json"]);
  return { json, tokenizer: new Tokenizer(json, JSON.parse(files["tokenizer_config.json"])) };
}

test("special tokens first, then all bytes, then pairs from the most frequent on", () => {
  const { json } = load(265);
  const numbered = Object.entries<number>(json.model.vocab).sort(([, a], [, b]) => a - b);
  expect(numbered.map(([, id]) => id)).toEqual([...Array(265).keys()]);
  const tokens = numbered.map(([token]) => token);
  expect(tokens.slice(0, 3)).toEqual([...specialTokens]);
  // Bytes 0 and 65: one is no character to print, one is.
  expect([tokens[3], tokens[3 + 65]]).toEqual(["Ā", "A"]);
  // "ue" is there eight times, all others four times; those go by their characters.
  expect(tokens.slice(259)).toEqual(["ue", "he", "que", "queue", "the", "Ġqueue"]);
  expect(json.model.merges.slice(0, 3)).toEqual([
    ["u", "e"],
    ["h", "e"],
    ["q", "ue"],
  ]);
});

test("it stops where no pair comes twice", () => {
  const { json } = load(10_000);
  expect(Object.keys(json.model.vocab).length).toBeLessThan(300);
});

test.each([
  { case: "its own text", sample: text },
  { case: "other scripts and signs", sample: "Grüße, 世界! \u{1f680}\n\ttab  two spaces " },
  { case: "a sign of bytes that no text has", sample: "\u0000\u007f\u00a0\u00ad" },
])("a text comes back from its tokens: $case", ({ sample }) => {
  const { tokenizer } = load(280);
  expect(tokenizer.decode(tokenizer.encode(sample).ids, { skip_special_tokens: false })).toBe(sample);
});

test("special tokens are one token each, and joined pairs too", () => {
  const { tokenizer } = load(280);
  expect(tokenizer.encode("<|user|>the queue<|end|><|assistant|>").tokens).toEqual([
    "<|user|>",
    "the",
    "Ġqueue",
    "<|end|>",
    "<|assistant|>",
  ]);
});
