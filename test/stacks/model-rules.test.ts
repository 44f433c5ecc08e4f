import { expect, test } from "vitest";
import { modelStack } from "../support/model-stack.ts";
import { message, type Row, refusal } from "../support/refusals.ts";

type ModelStack = ReturnType<typeof modelStack>;

test("the stack that every row spoils once is valid", () => {
  expect(refusal(modelStack())).toBe("accepted");
});

/** A stack and the parts of it that rows change. */
function spoiled(spoil: (models: ModelStack["models"], stack: ModelStack) => void): ModelStack {
  const stack = modelStack();
  spoil(stack.models, stack);
  return stack;
}

const mistakes: { case: string; spoil: Parameters<typeof spoiled>[0]; want: Row }[] = [
  {
    case: "a team that is not declared",
    spoil: ([chat]) => Object.assign(chat ?? {}, { team: "lang" }),
    want: [["models", 0, "team"], '"lang"', "one of language", "declare lang, or name one that is declared"],
  },
  {
    case: "a pool that is not declared",
    spoil: ([chat]) => Object.assign(chat ?? {}, { pool: "a100" }),
    want: [
      ["models", 0, "pool"],
      '"a100"',
      "one of l40s, h100",
      "declare a100, or name one that is declared",
    ],
  },
  {
    case: "a pool in which the team has no quota",
    spoil: (_, { teams }) => teams[0]?.quotas.pop(),
    want: [
      ["models", 1, "pool"],
      '"h100"',
      "a pool where team language has a quota: l40s",
      "give team language a quota in pool h100, or serve the model in one of these",
    ],
  },
  {
    case: "two of one name",
    spoil: ([, large]) => Object.assign(large ?? {}, { name: "chat" }),
    want: [
      ["models", 1, "name"],
      '"chat", which entry 0 already has',
      "each name once",
      "rename one of the two, or merge them",
    ],
  },
  {
    case: "all of a team's models together",
    spoil: (models) => {
      const large = models[1] as (typeof models)[number];
      models.push({ ...large, name: "second" }, { ...large, name: "third" });
    },
    want: [
      ["models", 3, "pool"],
      "24 in pool h100: large 8, second 8, third 8",
      "16, what team language owns there",
      "raise the quota by 8, or serve one of them elsewhere",
    ],
  },
  {
    case: "no room for a rollout (F115)",
    spoil: (models) => {
      const large = models[1] as (typeof models)[number];
      models.push({ ...large, name: "second" });
    },
    want: [
      ["models", 1, "headroom", "surge"],
      "20 in pool h100 at the height of a rollout of large",
      "16, what team language owns and may borrow there",
      "raise the quota by 4, or lower surge",
    ],
  },
];

test.each(mistakes)("refused: $case", ({ spoil, want }) => {
  expect(refusal(spoiled(spoil))).toBe(message(want));
});
