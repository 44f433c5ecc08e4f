import { expect, test } from "vitest";
import { repeatedName, unknownName } from "../../../components/planning/reference.ts";

test.each([
  { case: "known", name: "h100", known: ["h100", "l40s"], want: [] },
  {
    case: "unknown",
    name: "a100",
    known: ["h100", "l40s"],
    want: [
      {
        path: ["pool"],
        given: '"a100"',
        allowed: "one of h100, l40s",
        remedy: "declare a100, or name one that is declared",
      },
    ],
  },
  {
    case: "nothing declared",
    name: "a100",
    known: [],
    want: [
      {
        path: ["pool"],
        given: '"a100"',
        allowed: "nothing: none is declared",
        remedy: "declare a100, or name one that is declared",
      },
    ],
  },
])("a name that is $case", ({ name, known, want }) => {
  expect(unknownName(["pool"], name, known)).toEqual(want);
});

test.each([
  { case: "the only one", index: 1, want: [] },
  { case: "the first of two", index: 0, want: [] },
  {
    case: "the second of two",
    index: 2,
    want: [
      {
        path: ["name"],
        given: '"a", which entry 0 already has',
        allowed: "each name once",
        remedy: "rename one of the two, or merge them",
      },
    ],
  },
])("$case", ({ index, want }) => {
  expect(repeatedName(["name"], index, ["a", "b", "a"])).toEqual(want);
});
