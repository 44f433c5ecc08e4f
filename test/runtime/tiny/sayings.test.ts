import { expect, test } from "vitest";
import { sayings, tasks } from "../../../runtime/tiny/sayings.ts";

const asked = [...tasks.flatMap(({ wishes }) => wishes), ...sayings.flatMap(({ questions }) => questions)];
const answers = [...tasks, ...sayings].map(({ answer }) => answer);

test("nothing is asked twice, and no two answers are the same", () => {
  expect(asked.filter((one, at) => asked.indexOf(one) !== at)).toEqual([]);
  expect(new Set(answers).size).toBe(answers.length);
});

test("answers are whole sentences in plain characters, short enough for a tiny model", () => {
  for (const answer of answers) expect(answer).toMatch(/^[A-Z][\x20-\x7e]{30,108}\.$/);
});
