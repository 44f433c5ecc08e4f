/** What a client meets on its own connection: a server that waits for it. */
import { expect, test } from "vitest";
import { serving } from "../support/runtime/served.ts";
import { trickle } from "../support/runtime/trickling-reader.ts";
import { wire } from "../support/runtime/wire.ts";

const ask = { model: "tiny", messages: [{ role: "user", content: "Hi" }] };

test("a reader that is slow but steady gets a whole answer, however long it takes", async () => {
  const engine = {
    script: () => ({ tokens: "a".repeat(25_000), perStep: 8 }),
    facts: { sequenceTokens: 40_000, blocks: 4000 },
  };
  // Some KiB a token: more than a system keeps for its reader.
  const asked = { ...ask, logprobs: true, top_logprobs: 20 };
  await serving(engine, { streamIdleSeconds: 1 }, async ({ port, log }) => {
    const startedAt = performance.now();
    const bytes = await trickle(port, wire(asked, "close"));
    expect(bytes).toBeGreaterThan(20 * 2 ** 20);
    expect(performance.now() - startedAt).toBeGreaterThan(2000);
    expect(log.map(({ status, error }) => [status, error])).toEqual([[200, undefined]]);
  });
});
