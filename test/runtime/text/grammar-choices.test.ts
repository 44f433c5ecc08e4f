import { expect, test } from "vitest";
import { seededRandom } from "../../../components/planning/random.ts";
import { GrammarCompiler } from "../../../runtime/text/grammar.ts";
import { choiceMark, withChoices } from "../../../runtime/text/grammar-choices.ts";
import { tokenizerNamed } from "../../support/runtime/tokenizers.ts";

test("a choice branches letter by letter", () => {
  const grammar = `root ::= ${JSON.stringify(JSON.stringify(choiceMark(0)))} "x"`;
  expect(withChoices(grammar, [["ab", "a", 'c"', "d\\"]])).toBe(
    [
      'root ::= choice_0_0 "x"',
      'choice_0_0 ::= "a" choice_0_1 | "c" choice_0_2 | "d" choice_0_3',
      'choice_0_1 ::= "b" | ""',
      'choice_0_2 ::= "\\""',
      'choice_0_3 ::= "\\\\"',
    ].join("\n"),
  );
});

test("40 random ranges and 40 random lists of texts: their members and nothing beside", async () => {
  const tokenizer = tokenizerNamed("qwen");
  const compiler = await GrammarCompiler.create(tokenizer, [tokenizer.eos ?? -1]);
  const random = seededRandom(12);
  const takes = async (schema: object, text: string) => {
    const matcher = await compiler.matcher({ type: "json-schema", schema });
    const tokens = [...Array.from(text, (letter) => tokenizer.tokenOf(letter)), tokenizer.eos];
    const isTaken = tokens.every((token) => token !== undefined && matcher.accept(token));
    matcher.dispose();
    return isTaken;
  };
  for (let turn = 0; turn < 40; turn += 1) {
    const minimum = random.below(400) - 300;
    const maximum = minimum + random.below(300);
    const schema = { type: "integer", minimum, maximum };
    for (let value = minimum - 12; value <= maximum + 12; value += 1 + random.below(8)) {
      expect(await takes(schema, String(value)), `${minimum} to ${maximum}: ${value}`).toBe(
        value >= minimum && value <= maximum,
      );
    }
  }
  const word = () => Array.from({ length: 1 + random.below(3) }, () => "abc"[random.below(3)]).join("");
  for (let turn = 0; turn < 40; turn += 1) {
    const words = Array.from({ length: 2 + random.below(9) }, word);
    for (let count = 0; count < 20; count += 1) {
      const tried = word();
      expect(await takes({ enum: words }, `"${tried}"`), `${words}: ${tried}`).toBe(words.includes(tried));
    }
  }
});
