/** Grammars whose compiler and matchers fail where a library may. */
import { expect, test } from "vitest";
import type { GrammarMatcher } from "../../../runtime/engine/grammar-matcher.ts";
import { GrammarFollower } from "../../../runtime/text/grammar-follower.ts";
import type { FromGrammarThread } from "../../../runtime/text/grammar-messages.ts";
import { GrammarError } from "../../../runtime/text/grammar-schema.ts";
import { SharedMask } from "../../../runtime/text/shared-mask.ts";

/** Throws at a token of 13, and at once where 13 came before. */
function following(error?: Error) {
  const told: FromGrammarThread[] = [];
  const heard: number[] = [];
  let disposals = 0;
  const matcher: GrammarMatcher = {
    accept: (token) => heard.push(token) > 0,
    fillMask: (mask, offset) => {
      if (heard.at(-1) === 13) throw new Error("out of memory");
      mask[offset] = heard.length;
    },
    isDone: false,
    dispose: () => {
      disposals += 1;
    },
  };
  const compiler = { matcher: () => (error ? Promise.reject(error) : Promise.resolve(matcher)) };
  const follower = new GrammarFollower(compiler, (message) => told.push(message));
  const mask = SharedMask.create(512);
  const compile = (tokens: readonly number[]) =>
    follower.take({ type: "compile", id: 7, source: { type: "json-object" }, tokens, memory: mask.memory });
  return { follower, told, heard, mask, compile, disposals: () => disposals };
}

test("it is told what came before, and makes a mask for each token until it is dropped", async () => {
  const { follower, told, heard, mask, compile, disposals } = following();
  await compile([3, 4]);
  expect([told, mask.words[0]]).toEqual([[{ type: "compiled", id: 7 }], 2]);
  mask.tell(5);
  follower.follow();
  follower.follow();
  expect([heard, mask.isReady, mask.words[0]]).toEqual([[3, 4, 5], true, 3]);
  await follower.take({ type: "drop", id: 7 });
  await follower.take({ type: "drop", id: 7 });
  mask.tell(6);
  follower.follow();
  expect([mask.isReady, disposals()]).toEqual([false, 1]);
});

test("a matcher whose first mask fails is disposed of, and followed no further", async () => {
  const { follower, told, mask, compile, disposals } = following();
  await compile([13]);
  const message = expect.stringMatching(/^Error: out of memory\n/);
  expect(told).toEqual([{ type: "refused", id: 7, message, isOfGrammar: false }]);
  expect(disposals()).toBe(1);
  mask.tell(1);
  follower.follow();
  expect(mask.isReady).toBe(false);
});

test("a mask that fails later says why", async () => {
  const { follower, mask, compile } = following();
  await compile([]);
  mask.tell(13);
  follower.follow();
  expect([mask.isReady, mask.problem]).toEqual([true, "Error: out of memory"]);
});

test("a grammar that is none is refused in its own words", async () => {
  const { told, compile } = following(new GrammarError("it has no root"));
  await compile([]);
  expect(told).toEqual([{ type: "refused", id: 7, message: "it has no root", isOfGrammar: true }]);
});
