import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect, test, vi } from "vitest";
import { seededRandom } from "../../../components/planning/random.ts";
import type { GrammarSource } from "../../../runtime/engine/contract.ts";
import { GrammarCompiler } from "../../../runtime/text/grammar.ts";
import { GrammarError } from "../../../runtime/text/grammar-schema.ts";
import { allowedTokens, randomWalk } from "../../support/runtime/grammar-walk.ts";
import { randomSchema } from "../../support/runtime/random-schemas.ts";
import { type TokenizerName, tokenizerNamed } from "../../support/runtime/tokenizers.ts";

/** Every instance of the grammar library that a test makes, and how many of them know a vocabulary. */
const made = vi.hoisted(() => ({ memories: [] as (() => number)[], vocabularies: 0, failure: "" }));
vi.mock("../../../runtime/text/grammar-library.ts", async (original) => {
  const { loadGrammarLibrary } = await original<typeof import("../../../runtime/text/grammar-library.ts")>();
  const load = () => {
    const library = loadGrammarLibrary();
    made.memories.push(() => library.memory()?.buffer.byteLength ?? 0);
    const { Grammar, TokenizerInfo } = library.xgrammar;
    const { fromEBNF } = Grammar;
    Grammar.fromEBNF = (...parts) =>
      made.failure ? Promise.reject(new Error(made.failure)) : fromEBNF(...parts);
    const { createTokenizerInfo } = TokenizerInfo;
    TokenizerInfo.createTokenizerInfo = (...parts) => {
      made.vocabularies += 1;
      return createTokenizerInfo(...parts);
    };
    return library;
  };
  return { loadGrammarLibrary: load };
});

function compilerOf(name: TokenizerName): Promise<GrammarCompiler> {
  const tokenizer = tokenizerNamed(name);
  return GrammarCompiler.create(tokenizer, [tokenizer.eos ?? -1]);
}

test.each(["qwen", "llama2"] as const)(
  "%s: walks through 150 random schemas end in JSON that validates",
  async (name) => {
    const tokenizer = tokenizerNamed(name);
    const compiler = await compilerOf(name);
    const ajv = formats.default(new Ajv2020({ strict: false, logger: false }));
    const random = seededRandom(name === "qwen" ? 21 : 22);
    let ended = 0;
    for (let turn = 0; turn < 150; turn += 1) {
      const schema = randomSchema(random);
      const matcher = await compiler.matcher({ type: "json-schema", schema });
      const text = randomWalk(matcher, tokenizer, random);
      matcher.dispose();
      if (text === undefined) continue;
      ended += 1;
      const told = `${JSON.stringify(schema)}: ${text}`;
      expect(ajv.validate(schema, JSON.parse(text)), told).toBe(true);
    }
    expect(ended).toBeGreaterThan(140);
  },
);

test("a definition that contains itself", async () => {
  const tokenizer = tokenizerNamed("qwen");
  const compiler = await compilerOf("qwen");
  const node = {
    type: "object",
    properties: { value: { type: "integer" }, next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } },
    required: ["value", "next"],
  };
  const schema = { $ref: "#/$defs/node", $defs: { node } };
  const ajv = new Ajv2020({ strict: false });
  const random = seededRandom(5);
  for (let turn = 0; turn < 10; turn += 1) {
    const matcher = await compiler.matcher({ type: "json-schema", schema });
    const text = randomWalk(matcher, tokenizer, random);
    if (text !== undefined) expect(ajv.validate(schema, JSON.parse(text)), text).toBe(true);
  }
});

test("any object of JSON", async () => {
  const tokenizer = tokenizerNamed("llama3");
  const compiler = await compilerOf("llama3");
  const random = seededRandom(6);
  for (let turn = 0; turn < 20; turn += 1) {
    const text = randomWalk(await compiler.matcher({ type: "json-object" }), tokenizer, random) ?? "{}";
    expect(JSON.parse(text)).toBeTypeOf("object");
    expect(text.startsWith("{")).toBe(true);
  }
});

test("masks and what is accepted are of one mind, and only a stop token ends", async () => {
  const tokenizer = tokenizerNamed("gpt2");
  const compiler = await compilerOf("gpt2");
  const grammar = 'root ::= "a" | "the" " b"*';
  const matcher = await compiler.matcher({ type: "ebnf", grammar });
  const names = (tokens: number[]) =>
    tokens.map((token) => tokenizer.decode([token], { special: true })).sort();
  const allowed = allowedTokens(matcher, tokenizer.vocabularySize);
  expect(names(allowed)).toEqual(
    ["a", "t", "th", "the"].filter((name) => tokenizer.tokenOf(name) !== undefined),
  );
  expect(matcher.accept(tokenizer.tokenOf("b") ?? -1)).toBe(false);
  expect(matcher.accept(tokenizer.tokenOf("a") ?? -1)).toBe(true);
  expect(names(allowedTokens(matcher, tokenizer.vocabularySize))).toEqual(["<|endoftext|>"]);
  expect(matcher.isDone).toBe(false);
  expect(matcher.accept(tokenizer.eos ?? -1)).toBe(true);
  expect(matcher.isDone).toBe(true);
});

test("a mask is written where it is asked for, and covers a larger vocabulary", async () => {
  const tokenizer = tokenizerNamed("gpt2");
  const compiler = await GrammarCompiler.create(tokenizer, [500], 640);
  const matcher = await compiler.matcher({ type: "ebnf", grammar: 'root ::= "a"' });
  const mask = new Int32Array(24).fill(7);
  matcher.fillMask(mask, 2);
  const a = tokenizer.tokenOf("a") ?? -1;
  const want = new Int32Array(24).fill(0, 2, 22).fill(7, 0, 2).fill(7, 22);
  want[2 + (a >> 5)] = 1 << (a & 31);
  expect(mask).toEqual(want);
});

test("a grammar that is none is refused with the library's words, and the next one is compiled", async () => {
  const compiler = await compilerOf("gpt2");
  const wrong = compiler.matcher({ type: "ebnf", grammar: "root ::= nothing" });
  await expect(wrong).rejects.toThrow(GrammarError);
  await expect(wrong).rejects.toThrow(
    'the grammar cannot be held to: EBNF parser error at line 1, column 10: Rule "nothing" is not defined',
  );
  const matcher = await compiler.matcher({ type: "json-object" });
  expect(allowedTokens(matcher, 501).length).toBeGreaterThan(0);
});

test("a grammar that is refused costs no vocabulary, and is read once", async () => {
  const compiler = await compilerOf("gpt2");
  const [vocabularies, instances] = [made.vocabularies, made.memories.length];
  const wrong = (rule: number) => compiler.matcher({ type: "ebnf", grammar: `root ::= nothing${rule}` });
  for (let rule = 0; rule < 20; rule += 1) await expect(wrong(rule % 4)).rejects.toThrow("is not defined");
  expect(made.vocabularies - vocabularies).toBe(0);
  expect(made.memories.length - instances).toBe(4);
});

test("a grammar that is nested too deeply for the library is refused", async () => {
  const compiler = await compilerOf("gpt2");
  const wrong = compiler.matcher({ type: "ebnf", grammar: `root ::= ${"(".repeat(30_000)}` });
  await expect(wrong).rejects.toThrow(
    new GrammarError("the grammar cannot be held to: it is nested too deeply"),
  );
});

test("a library that fails without a word refuses nothing, and is asked again", async () => {
  const compiler = await compilerOf("gpt2");
  const ask = () => compiler.matcher({ type: "ebnf", grammar: 'root ::= "a"' });
  made.failure = "Aborted(OOM)";
  const failed = await ask()
    .catch(String)
    .finally(() => {
      made.failure = "";
    });
  expect(failed).toBe("Error: Aborted(OOM)");
  expect(allowedTokens(await ask(), 501)).toHaveLength(1);
});

test("a grammar that is no longer kept gives its memory back, and those who follow it go on", async () => {
  const compiler = await compilerOf("gpt2");
  const memory = made.memories.at(-1) ?? (() => 0);
  const followed = await compiler.matcher({ type: "ebnf", grammar: 'root ::= "a"' });
  const ask = async (number: number) => {
    const schema = { type: "object", properties: { [`field${number}`]: { type: "string" } } };
    (await compiler.matcher({ type: "json-schema", schema })).dispose();
  };
  for (let number = 0; number < 100; number += 1) await ask(number);
  const bytes = memory();
  for (let number = 100; number < 350; number += 1) await ask(number);
  expect(bytes).toBeGreaterThan(0);
  expect(memory()).toBe(bytes);
  expect(allowedTokens(followed, 501)).toHaveLength(1);
});

test("two who ask for one grammar at once both follow it", async () => {
  const compiler = await compilerOf("gpt2");
  const ask = () => compiler.matcher({ type: "ebnf", grammar: 'root ::= "a"' });
  for (const matcher of await Promise.all([ask(), ask(), ask()])) {
    expect(allowedTokens(matcher, 501)).toHaveLength(1);
  }
});

test.each([
  {
    case: "a schema beyond what is known",
    source: { type: "json-schema", schema: { not: {} } },
    want: "#/not: cannot be held to by a grammar",
  },
  {
    case: "a grammar too long",
    source: { type: "ebnf", grammar: "#".repeat(65_537) },
    want: "the grammar: 65537 bytes, of 65536 at most",
  },
] as const)("refused before it is compiled: $case", async ({ source, want }) => {
  const compiler = await compilerOf("gpt2");
  await expect(compiler.matcher(source)).rejects.toThrow(want);
});

const marks = { open: "<think>", close: "</think>" } as const;

/** Whether the text may be an answer, whole and token by token. */
async function fits(source: GrammarSource, text: string): Promise<boolean> {
  const tokenizer = tokenizerNamed("gpt2");
  const matcher = await (await compilerOf("gpt2")).matcher(source);
  const tokens = [...tokenizer.encode(text), tokenizer.eos ?? -1];
  const isTaken = tokens.every((token) => {
    const isAllowed = allowedTokens(matcher, tokenizer.vocabularySize).includes(token);
    return matcher.accept(token) === isAllowed && isAllowed;
  });
  return isTaken && matcher.isDone;
}

const integer = { type: "json-schema", schema: { type: "integer" } } as const;

test.each([
  { case: "a thought that the prompt has opened", isOpen: true, text: "4 is {it}</think>\n\n42", want: true },
  { case: "an open thought without an end", isOpen: true, text: "42", want: false },
  { case: "an open thought, then no number", isOpen: true, text: "so</think>\n\nfour", want: false },
  { case: "a thought of its own", isOpen: false, text: "<think>\nhm\n</think>\n\n42", want: true },
  { case: "no thought", isOpen: false, text: "42", want: true },
  { case: "no thought and no number", isOpen: false, text: "hm 42", want: false },
])("a grammar holds once the thought is over: $case", async ({ isOpen, text, want }) => {
  expect(await fits({ type: "after-thought", ...marks, isOpen, grammar: integer }, text)).toBe(want);
});

const weather = {
  begin: '<tool_call>\n{"name": "weather", "arguments": ',
  schema: {
    type: "object",
    properties: { days: { type: "integer" } },
    required: ["days"],
    additionalProperties: false,
  },
  end: "}\n</tool_call>",
};
const calls = { type: "tool-calls", trigger: "<tool_call>", calls: [weather] } as const;
const called = (written: string) =>
  `Let me see <b>.\n<tool_call>\n{"name": "weather", "arguments": ${written}}\n</tool_call>`;

const warm = { type: "object", properties: { warm: { type: "boolean" } }, required: ["warm"] };
const held = (isParallel: boolean) => {
  const grammar = { type: "json-schema", schema: warm } as const;
  return { ...calls, format: { grammar, isParallel } } as const;
};
const call = called('{"days": 3}').replace(/^.*\n/, "");

test.each([
  { case: "a text that fits", text: '{"warm": true}', want: [true, true] },
  { case: "a text that does not fit", text: "{}", want: [false, false] },
  { case: "free text", text: "It is warm", want: [false, false] },
  { case: "a call", text: call, want: [true, true] },
  { case: "two calls", text: `${call}\n${call}`, want: [true, false] },
  { case: "a call behind free text", text: called('{"days": 3}'), want: [false, false] },
  { case: "a call that does not fit", text: call.replace("3", '"3"'), want: [false, false] },
  { case: "both", text: `{"warm": true}\n${call}`, want: [false, false] },
])("calls, or a text that follows a format: $case", async ({ text, want }) => {
  expect([await fits(held(true), text), await fits(held(false), text)]).toEqual(want);
});

test.each([
  { case: "free text", text: "It is <tool> warm {}", want: true },
  { case: "a call that fits", text: called('{"days": 3}'), want: true },
  { case: "two calls", text: `${called('{"days": 3}')}\n${called('{"days":4}')}`, want: true },
  { case: "a call that does not fit", text: called('{"days": "3"}'), want: false },
  { case: "another tool", text: called('{"days": 3}').replace("weather", "clock"), want: false },
])("calls among free text fit their schemas: $case", async ({ text, want }) => {
  expect(await fits(calls, text)).toBe(want);
  expect(
    await fits({ type: "after-thought", ...marks, isOpen: true, grammar: calls }, `?</think>${text}`),
  ).toBe(want);
});
