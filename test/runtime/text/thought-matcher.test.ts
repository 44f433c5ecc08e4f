/** Answers that think between special tokens before they follow a grammar, with the real library. */
import { expect, test } from "vitest";
import { Characters } from "../../../runtime/text/characters.ts";
import { GrammarCompiler } from "../../../runtime/text/grammar.ts";
import { ThoughtMatcher } from "../../../runtime/text/thought-matcher.ts";
import { allowedTokens } from "../../support/runtime/grammar-walk.ts";
import { tokenizerNamed } from "../../support/runtime/tokenizers.ts";

const tokenizer = tokenizerNamed("mistral");
const { eos = -1, vocabularySize } = tokenizer;
/** Two special tokens of this vocabulary. */
const [open, close] = [3, 4];
const compiler = await GrammarCompiler.create(tokenizer, [eos]);
const number = { type: "ebnf", grammar: "root ::= [0-9]+" } as const;

async function matcherOf(isOpen: boolean) {
  const matcher = await compiler.matcher({
    ...{ type: "after-thought-tokens", open, close, isOpen },
    grammar: number,
  });
  const isAllowed = (token: number) => allowedTokens(matcher, vocabularySize).includes(token);
  /** Whether each may come where it stands; mask and matcher are of one mind. */
  const takes = (tokens: readonly number[]) =>
    tokens.every((token) => {
      const wanted = isAllowed(token);
      expect(matcher.accept(token)).toBe(wanted);
      return wanted;
    });
  return { matcher, takes };
}

const text = (written: string) => [...tokenizer.encode(written)];
const byte = (value: string) => tokenizer.tokenOf(`<0x${value}>`) ?? -1;
const digits = [byte("34"), byte("32")];

test.each([
  {
    case: "a thought of its own",
    isOpen: false,
    tokens: [open, ...text("4 is {it}"), close, ...digits, eos],
  },
  { case: "no thought", isOpen: false, tokens: [...digits, eos] },
  { case: "an empty thought", isOpen: false, tokens: [open, close, ...digits, eos] },
  {
    case: "a thought that the prompt has begun",
    isOpen: true,
    tokens: [...text("so"), close, ...digits, eos],
  },
  { case: "one that is begun twice", isOpen: true, tokens: [open, ...text("so"), close, ...digits, eos] },
])("what may come: $case", async ({ isOpen, tokens }) => {
  const { matcher, takes } = await matcherOf(isOpen);
  expect([takes(tokens), matcher.isDone]).toEqual([true, true]);
  matcher.dispose();
});

test.each([
  { case: "text without a thought", isOpen: false, before: [], token: byte("61") },
  { case: "an end that nothing began", isOpen: false, before: [], token: close },
  { case: "a number where the thought is to end first", isOpen: true, before: digits, token: eos },
  { case: "a second beginning", isOpen: false, before: [open, ...text("so")], token: open },
  { case: "a second beginning of the prompt's", isOpen: true, before: text("so"), token: open },
  { case: "another special token within it", isOpen: true, before: text("so"), token: 5 },
  { case: "an end within a character", isOpen: true, before: [byte("C3")], token: close },
  { case: "bytes that are no character", isOpen: true, before: [byte("C3")], token: byte("61") },
  { case: "text behind the thought", isOpen: false, before: [open, close], token: byte("61") },
  { case: "a thought behind the thought", isOpen: false, before: [open, close], token: open },
  { case: "a thought within the answer", isOpen: false, before: digits, token: open },
])("what may not come: $case", async ({ isOpen, before, token }) => {
  const { matcher, takes } = await matcherOf(isOpen);
  expect(takes(before)).toBe(true);
  expect(takes([token])).toBe(false);
  // It has not come.
  const rest = before.includes(close) || (before.length > 0 && !isOpen && before[0] !== open);
  const character = before.at(-1) === byte("C3") ? [byte("A9")] : [];
  const closing = rest || (before.length === 0 && !isOpen) ? [] : [...character, close];
  expect([takes([...closing, ...digits, eos]), matcher.isDone]).toEqual([true, true]);
  matcher.dispose();
});

test.each([
  { case: "at the beginning", isOpen: false, before: [] },
  { case: "at the beginning of the prompt's thought", isOpen: true, before: [] },
  { case: "in a thought", isOpen: false, before: [open] },
  { case: "within a character", isOpen: true, before: [byte("C3")] },
  { case: "behind a thought", isOpen: true, before: [close] },
])("masks and what is accepted are of one mind for every token, $case", ({ isOpen, before }) => {
  const characters = new Characters(tokenizer, vocabularySize, [eos]);
  const answerToken = 77;
  const begun = () => {
    const answer = {
      fillMask: (mask: Int32Array, offset: number) => {
        mask.fill(0, offset, offset + Math.ceil(vocabularySize / 32));
        mask[offset + (answerToken >> 5)] = 1 << (answerToken & 31);
      },
      accept: (token: number) => token === answerToken,
      isDone: false,
      dispose: () => undefined,
    };
    const matcher = new ThoughtMatcher({ open, close, isOpen }, characters, answer);
    for (const token of before) expect(matcher.accept(token)).toBe(true);
    return matcher;
  };
  const all = Array.from({ length: vocabularySize }, (_, token) => token);
  const accepted = all.filter((token) => begun().accept(token));
  expect(allowedTokens(begun(), vocabularySize)).toEqual(accepted);
});
