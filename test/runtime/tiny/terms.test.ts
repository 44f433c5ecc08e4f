import { expect, test } from "vitest";
import { terms } from "../../../runtime/tiny/terms.ts";

const names = terms.flatMap((term) => term.names);
const answers = terms.map(({ answer }) => answer);

test("no name stands twice, and no two words are explained alike", () => {
  expect(names.filter((one, at) => names.indexOf(one) !== at)).toEqual([]);
  expect(new Set(answers).size).toBe(answers.length);
});

test("answers are whole sentences in plain characters, short enough for a tiny model", () => {
  for (const answer of answers) expect(answer).toMatch(/^[A-Z][\x20-\x7e]{30,108}\.$/);
});
