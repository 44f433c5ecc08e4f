import { expect, test } from "vitest";
import { AddedTokens } from "../../../runtime/text/added-tokens.ts";

const token = (id: number, content: string, change: object = {}) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
  ...change,
});

test.each([
  { case: "no token", tokens: [], text: "a", want: [{ text: "a", start: 0 }] },
  { case: "no text", tokens: [], text: "", want: [] },
  {
    case: "text around a token",
    tokens: [token(1, "<s>")],
    text: "a<s>b",
    want: [{ text: "a", start: 0 }, { token: 1 }, { text: "b", start: 4 }],
  },
  {
    case: "the longest of those that begin together",
    tokens: [token(1, "<s"), token(2, "<s>")],
    text: "<s><s",
    want: [{ token: 2 }, { token: 1 }],
  },
  {
    case: "characters with a meaning in patterns",
    tokens: [token(1, "[a-z]|.*")],
    text: "b[a-z]|.*",
    want: [{ text: "b", start: 0 }, { token: 1 }],
  },
  {
    case: "spaces before",
    tokens: [token(1, "<s>", { lstrip: true })],
    text: "a \n<s> b",
    want: [{ text: "a", start: 0 }, { token: 1 }, { text: " b", start: 6 }],
  },
  {
    case: "spaces after",
    tokens: [token(1, "<s>", { rstrip: true })],
    text: "a <s> \u{3000}b",
    want: [{ text: "a ", start: 0 }, { token: 1 }, { text: "b", start: 7 }],
  },
  {
    case: "spaces that two tokens would take",
    tokens: [token(1, "<s>", { rstrip: true, lstrip: true })],
    text: "<s> <s>",
    want: [{ token: 1 }, { token: 1 }],
  },
  {
    case: "whole words only",
    tokens: [token(1, "is", { single_word: true })],
    text: "this is is_ is",
    want: [{ text: "this ", start: 0 }, { token: 1 }, { text: " is_ ", start: 7 }, { token: 1 }],
  },
])("$case", ({ tokens, text, want }) => {
  expect(new AddedTokens(tokens).split(text)).toEqual(want);
});
