import { expect, test } from "vitest";
import { everyTurn, TurnSource } from "../../../runtime/tiny/corpus.ts";
import { seededRandom } from "../../../runtime/tiny/random.ts";
import { sayings, tasks } from "../../../runtime/tiny/sayings.ts";
import { terms } from "../../../runtime/tiny/terms.ts";

test("names and wishes are asked about in every wording", () => {
  const questions = new Map(
    everyTurn().flatMap((turns) => turns.map((turn) => [turn.question, turn.answer])),
  );
  expect(questions.get("What's a cohort?")).toMatch(/^A cohort is a group of queues\./);
  expect(questions.get("How can I run the tests?")).toMatch(/^Type npm test\./);
  expect(questions.get("Hello there")).toMatch(/^Hello! I am the tiny model of Plinth\./);
});

test("words and tasks come once in a round, sayings twice, and all else four times", () => {
  const topics = everyTurn();
  const source = new TurnSource(seededRandom(1));
  const once = terms.length + tasks.length;
  const twice = sayings.length - 1;
  for (const round of [1, 2]) {
    const drawn = Array.from({ length: once + 2 * twice + 4 }, () => source.next().answer);
    const counts = topics.map(([turn]) => drawn.filter((answer) => answer === turn?.answer).length);
    expect(counts, `round ${round}`).toEqual([
      ...Array<number>(once).fill(1),
      ...Array<number>(twice).fill(2),
      4,
    ]);
  }
});

test("questions come as they are written, in small letters, and with their last mark or without", () => {
  const source = new TurnSource(seededRandom(2));
  const drawn = new Set(Array.from({ length: 40_000 }, () => source.next().question));
  expect(drawn).toContain("What is Kueue?");
  expect(drawn).toContain("what is kueue?");
  expect(drawn).toContain("What is Kueue");
  expect(drawn).toContain("what is kueue");
  expect(drawn).toContain("Thank you");
  expect(drawn).toContain("Thank you.");
  expect(drawn).toContain("thank you!");
});
