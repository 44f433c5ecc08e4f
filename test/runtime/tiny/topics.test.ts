import { expect, test } from "vitest";
import { sayings, tasks, terms } from "../../../runtime/tiny/topics.ts";

const answers = [...terms, ...tasks, ...sayings].map(({ answer }) => answer);
const asked = [
  ...terms.flatMap(({ names }) => names),
  ...tasks.flatMap(({ wishes }) => wishes),
  ...sayings.flatMap(({ questions }) => questions),
];

test("nothing is asked twice, and no two topics have one answer", () => {
  expect(asked.filter((one, at) => asked.indexOf(one) !== at)).toEqual([]);
  expect(new Set(answers).size).toBe(answers.length);
});

test("answers are whole sentences in plain characters, short enough for a tiny model", () => {
  for (const answer of answers) expect(answer).toMatch(/^[A-Z][\x20-\x7e]{8,118}[.?!]$/);
});
