import { expect, test } from "vitest";
import { dialogueWindow } from "../../../runtime/tiny/windows.ts";

function turns() {
  const left = [
    { question: [10, 11], answer: [20, 21, 22] },
    { question: [12], answer: [23, 24] },
  ];
  return () => left.shift() ?? { question: [], answer: [] };
}

test("turns follow each other, and what answers say is foretold from what comes before", () => {
  const { tokens, targets } = dialogueWindow(turns(), 12);
  expect([...tokens]).toEqual([1, 10, 11, 0, 2, 20, 21, 22, 0, 1, 12, 0]);
  expect([...targets]).toEqual([-1, -1, -1, -1, 20, 21, 22, 0, -1, -1, -1, -1]);
});

test("the window ends within an answer, and its last token still has to foretell", () => {
  const { tokens, targets } = dialogueWindow(turns(), 14);
  expect([...tokens.slice(-3)]).toEqual([0, 2, 23]);
  expect([...targets.slice(-3)]).toEqual([-1, 23, 24]);
});
