/** What a client meets on its own connection: a server that waits for it, and answers in their order. */
import { expect, test } from "vitest";
import { rawAnswer, serving, until } from "../support/runtime/served.ts";
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

test("what is no HTTP behind requests is refused after their answers, not within them", async () => {
  await serving({ script: () => ({ tokens: "abc" }), isStepped: true }, {}, async ({ port, engine, log }) => {
    const heard = rawAnswer(port, `${wire({ ...ask, stream: true })}${wire(ask)}nonsense\r\n\r\n`);
    await until(() => engine.open === 2);
    while (engine.open > 0) engine.step();
    const answer = await heard;
    expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 400"]);
    const [stream, whole, refused] = answer.split(/(?=HTTP\/1.1 )/);
    expect(stream).toContain("data: [DONE]\n\n");
    expect(whole).toContain('"content":"abc"');
    expect(refused).toContain("what was sent is no HTTP request");
    expect(log.map(({ status }) => status)).toEqual([200, 200]);
  });
});
