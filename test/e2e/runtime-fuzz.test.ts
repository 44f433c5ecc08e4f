/** A small part of the inputs that `npm run bench -- runtime-fuzz` plays. */
import { expect, test } from "vitest";
import { run } from "../../bench/runtime-fuzz.ts";

test("every input is taken or refused, and nothing is lost", async () => {
  const { rows, summary, notes } = await run({ inputs: "2000", seed: "7" });
  expect(notes).toEqual(["2000 inputs; 0 kinds failed; 0 losses of the engine; the server ended with 0."]);
  expect(summary).toEqual({ inputs: 2000, failures: 0, losses: 0, exitCode: 0 });
  for (const { taken, refused } of rows) {
    expect(Number(taken)).toBeGreaterThan(0);
    expect(Number(refused)).toBeGreaterThan(0);
  }
});
