/** What is remembered of grammars, and for how many. */
import { expect, test } from "vitest";
import { GrammarVerdicts } from "../../../runtime/text/grammar-verdicts.ts";

test("what was late is heavy, unless it was compiled before", () => {
  const verdicts = new GrammarVerdicts();
  verdicts.setCompiled("light");
  for (const key of ["light", "heavy"]) verdicts.setLate(key);
  expect(["light", "heavy", "new"].map((key) => verdicts.isHeavy(key))).toEqual([false, true, false]);
});

test("the oldest is forgotten, and what came again is not the oldest", () => {
  const verdicts = new GrammarVerdicts();
  for (let key = 0; key < 64; key += 1) verdicts.setLate(`${key}`);
  verdicts.setLate("0");
  verdicts.setLate("64");
  expect(["0", "1", "2", "64"].map((key) => verdicts.isHeavy(key))).toEqual([true, false, true, true]);
});

test("grammars that are the same have one key, others another", () => {
  const keys = ["a", "a", "b"].map((grammar) => GrammarVerdicts.keyOf({ type: "ebnf", grammar }));
  expect([keys[0] === keys[1], keys[0] === keys[2], keys[0]?.length]).toEqual([true, false, 44]);
});
