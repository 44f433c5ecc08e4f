/** Grammars on a thread of their own say what they say in this one, and nobody's grammar harms another's. */
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { afterAll, expect, test } from "vitest";
import { seededRandom } from "../../../components/planning/random.ts";
import { GrammarCompiler } from "../../../runtime/text/grammar.ts";
import { GrammarError } from "../../../runtime/text/grammar-schema.ts";
import { GrammarThread } from "../../../runtime/text/grammar-thread.ts";
import type { SharedMatcher } from "../../../runtime/text/shared-matcher.ts";
import { allowedTokens, randomWalk } from "../../support/runtime/grammar-walk.ts";
import { heavyGrammar } from "../../support/runtime/heavy-grammar.ts";
import { randomSchema } from "../../support/runtime/random-schemas.ts";
import { tokenizerDirectory, tokenizerNamed } from "../../support/runtime/tokenizers.ts";

const tokenizer = tokenizerNamed("gpt2");
const { vocabularySize, eos = -1 } = tokenizer;
const usual = { directory: tokenizerDirectory("gpt2"), stopTokens: [eos], vocabularySize, waiting: 16 };
const json = { type: "json-object" } as const;

const thread = await GrammarThread.start({ ...usual, seconds: 30 });
const strict = await GrammarThread.start({ ...usual, seconds: 3 });
afterAll(async () => {
  await thread.close();
  await strict.close();
});

/** As a step does that has nothing else to compute. */
function masked(matcher: SharedMatcher): number[] {
  while (!matcher.isReady) matcher.wait(1);
  return allowedTokens(matcher, vocabularySize);
}

test("20 random schemas: the masks of this thread, and JSON that validates", async () => {
  const compiler = await GrammarCompiler.create(tokenizer, [eos]);
  const ajv = formats.default(new Ajv2020({ strict: false, logger: false }));
  const random = seededRandom(31);
  let ended = 0;
  for (let turn = 0; turn < 20; turn += 1) {
    const schema = randomSchema(random);
    const shared = await thread.matcher({ type: "json-schema", schema });
    const own = await compiler.matcher({ type: "json-schema", schema });
    const both = {
      fillMask: (mask: Int32Array, offset: number) => {
        expect(masked(shared)).toEqual(allowedTokens(own, vocabularySize));
        own.fillMask(mask, offset);
      },
      accept: (token: number) => own.accept(token) && shared.accept(token),
      get isDone() {
        expect(shared.isDone).toBe(own.isDone);
        return own.isDone;
      },
    };
    const text = randomWalk(both, tokenizer, random);
    shared.dispose();
    own.dispose();
    if (text === undefined) continue;
    ended += 1;
    expect(ajv.validate(schema, JSON.parse(text)), `${JSON.stringify(schema)}: ${text}`).toBe(true);
  }
  expect(ended).toBeGreaterThan(15);
});

test("many answers are followed at a time, each by its own grammar", async () => {
  const words = ["a", "t", "th", "the"].filter((word) => tokenizer.tokenOf(word) !== undefined);
  const matchers = await Promise.all(
    words.map((word) => thread.matcher({ type: "ebnf", grammar: `root ::= "${word}"` })),
  );
  for (const [index, word] of words.entries())
    expect(matchers[index]?.accept(tokenizer.tokenOf(word) ?? -1)).toBe(true);
  for (const matcher of matchers) expect(masked(matcher)).toEqual([eos]);
  for (const matcher of matchers) {
    matcher.accept(eos);
    matcher.dispose();
  }
  expect(matchers.map(({ isDone }) => isDone)).toEqual(words.map(() => true));
});

test("a grammar that is none is refused with the library's words", async () => {
  await expect(thread.matcher({ type: "ebnf", grammar: "root ::= nothing" })).rejects.toThrow(
    new GrammarError(
      'the grammar cannot be held to: EBNF parser error at line 1, column 10: Rule "nothing" is not defined',
    ),
  );
});

test("one that takes too long is refused, at once the next time, and others are followed on", async () => {
  const matcher = await strict.matcher(json);
  const brace = tokenizer.tokenOf("{") ?? -1;
  matcher.accept(brace);
  const before = masked(matcher);
  const heavy = heavyGrammar(3000);
  const late = new GrammarError("the grammar takes more than 3 s to compile");
  const refused = expect(strict.matcher(heavy)).rejects.toThrow(late);
  const behind = strict.matcher({ type: "ebnf", grammar: 'root ::= "a"' });
  expect(strict.isBusy).toBe(true);
  await refused;
  expect(matcher.isReady).toBe(false);
  const known = masked(await behind);
  expect(known).toEqual([tokenizer.tokenOf("a")]);
  expect(masked(matcher)).toEqual(before);
  expect(matcher.tokens).toEqual([brace]);
  await expect(strict.matcher(heavy)).rejects.toThrow(late);
  expect([strict.isBusy, matcher.isReady]).toEqual([false, true]);
});

test("a thread that does not start says why", async () => {
  const directory = tokenizerDirectory("gpt2").concat("-of-nobody");
  await expect(GrammarThread.start({ ...usual, directory, seconds: 1 })).rejects.toThrow(
    /^the thread of grammars did not start: .*tokenizer\.json/s,
  );
});

test("one that was closed compiles nothing more", async () => {
  const closed = await GrammarThread.start({ ...usual, seconds: 1 });
  await closed.close();
  await expect(closed.matcher(json)).rejects.toThrow("the thread of grammars was closed");
});
