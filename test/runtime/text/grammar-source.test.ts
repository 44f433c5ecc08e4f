import { expect, test } from "vitest";
import { loadGrammarLibrary } from "../../../runtime/text/grammar-library.ts";
import { GrammarError } from "../../../runtime/text/grammar-schema.ts";
import { parsedIn, wantedOf } from "../../../runtime/text/grammar-source.ts";

const call = (schema: object) => ({ begin: "<f>", schema, end: "</f>" });
const calls = (schemas: object[]) =>
  ({ type: "tool-calls", trigger: "<f>", calls: schemas.map(call) }) as const;
const after = { type: "after-thought", open: "(", close: ")", isOpen: true } as const;

test.each([
  { case: "any object", source: { type: "json-object" } },
  { case: "a schema", source: { type: "json-schema", schema: { enum: ["a", 1] } } },
  { case: "a text", source: { type: "ebnf", grammar: 'root ::= "a"' } },
  { case: "calls", source: calls([{ type: "object" }, { type: "null" }]) },
  { case: "calls behind a thought", source: { ...after, grammar: calls([{ type: "null" }]) } },
] as const)("the library reads $case", async ({ source }) => {
  const grammar = await parsedIn(loadGrammarLibrary(), wantedOf(source));
  expect(grammar.toString()).toContain("root");
});

test.each([
  { case: "a call", source: calls([{ not: {} }]), want: "cannot be held to" },
  {
    case: "what follows a thought",
    source: { ...after, grammar: calls([{ not: {} }]) },
    want: "cannot be held",
  },
  {
    case: "all calls together",
    source: calls(Array.from({ length: 3 }, (_, at) => ({ enum: [`${at}`.repeat(30_000)] }))),
    want: /the schemas of all tools: \d+ bytes, of 65536 at most/,
  },
])("what cannot be held to in $case is refused", ({ source, want }) => {
  expect(() => wantedOf(source)).toThrow(GrammarError);
  expect(() => wantedOf(source)).toThrow(want);
});
