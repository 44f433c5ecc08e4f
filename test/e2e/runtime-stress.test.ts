/** The runtime under stress, as `npm run bench -- runtime-stress` counts it, with fewer requests. */
import { expect, test } from "vitest";
import { run } from "../../bench/runtime-stress.ts";

test("under a mixed load, ten times too much, and a signal, every count is what it has to be", async () => {
  const { rows, notes } = await run({ requests: "400", minutes: "0", seed: "1" });
  expect(notes).toEqual([`0 of ${rows.length} counts are not what they have to be.`]);
  const found = (load: string, what: string) =>
    Number(rows.find((row) => row.load === load && row.what === what)?.found);
  expect(found("mixed", "requests")).toBe(400);
  expect(found("mixed", "own answers")).toBeGreaterThan(200);
  expect(found("mixed", "clients that left")).toBeGreaterThan(20);
  expect(found("mixed", "answers that differ from each other")).toBe(66);
  const overload = "ten times too many, engine.sequences 8, engine.waiting 256";
  for (const queue of ["server.waitSeconds 0", "server.waitSeconds 5"]) {
    expect(found(`${overload}, ${queue}`, "sent away")).toBeGreaterThan(100);
  }
  expect(found("SIGTERM under load", "finished")).toBeGreaterThan(0);
});
