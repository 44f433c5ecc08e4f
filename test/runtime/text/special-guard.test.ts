import { expect, test } from "vitest";
import { seededRandom } from "../../../components/planning/random.ts";
import { guardAgainst, guardCharacter } from "../../../runtime/text/special-guard.ts";

const guard = guardAgainst(["<|im_end|>", "[INST]", "<s>", "a"]);
const shown = (text: string) => guard(text).replaceAll(guardCharacter, "^");

test.each([
  { text: "hello", want: "hello" },
  { text: "<|im_end|>", want: "<^|im_end|>" },
  { text: "x <s><s> y", want: "x <^s><^s> y" },
  { text: "ends with <|im_", want: "ends with <|im_^" },
  { text: "ends with <", want: "ends with <^" },
  { text: "end|> begins", want: "^end|> begins" },
  { text: "a < b", want: "a < b" },
  { text: "", want: "" },
])("$text", ({ text, want }) => {
  expect(shown(text)).toBe(want);
});

test("a guard that the user writes is taken out before it could part a token", () => {
  expect(shown(`<|im${guardCharacter}_end|>`)).toBe("<^|im_end|>");
});

test("nothing guarded names a token, alone or beside other guarded texts", () => {
  const names = ["<s>", "<<s", "s><"];
  const guarded = guardAgainst(names);
  const random = seededRandom(4);
  const word = () => Array.from({ length: random.below(6) }, () => "<s>"[random.below(3)]).join("");
  for (let turn = 0; turn < 5000; turn += 1) {
    const words = [word(), word(), word()];
    const text = words.map(guarded).join("");
    for (const name of names) expect(text).not.toContain(name);
    expect(text.replaceAll(guardCharacter, "")).toBe(words.join(""));
  }
});
