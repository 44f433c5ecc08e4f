import { expect, test } from "vitest";
import { loadGrammarLibrary } from "../../../runtime/text/grammar-library.ts";

test("each instance has a memory of its own, and complains to nobody else", async () => {
  const [one, other] = [loadGrammarLibrary(), loadGrammarLibrary()];
  expect(one.memory()).toBe(undefined);
  await one.xgrammar.Grammar.builtinJSONGrammar();
  expect(one.memory()?.buffer.byteLength).toBeGreaterThan(0);
  expect(other.memory()).toBe(undefined);
  await expect(one.xgrammar.Grammar.fromEBNF("root ::= nothing")).rejects.toThrow();
  expect(one.complaint()).toMatch(/Rule "nothing" is not defined$/);
  expect([one.complaint(), other.complaint()]).toEqual([undefined, undefined]);
});
