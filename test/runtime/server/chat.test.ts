import { expect, test } from "vitest";
import { eventsOf, serving } from "../../support/runtime/served.ts";

const ask = { model: "tiny", messages: [{ role: "user", content: "Hi" }] };

test("an answer is told whole", async () => {
  await serving({ script: () => ({ tokens: "Hello", cachedTokens: 4 }) }, {}, async ({ post, engine }) => {
    const response = await post("/v1/chat/completions", ask);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      id: expect.stringMatching(/^chatcmpl-[0-9a-f]{24}$/),
      object: "chat.completion",
      created: expect.any(Number),
      model: "tiny",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Hello", refusal: null },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: {
        prompt_tokens: 20,
        completion_tokens: 5,
        total_tokens: 25,
        prompt_tokens_details: { cached_tokens: 4 },
      },
    });
    expect(Buffer.from(engine.requests[0]?.prompt ?? []).toString()).toBe("user: Hi\nassistant: ");
  });
});

test("an answer is told in events", async () => {
  await serving({ script: () => ({ tokens: "Hé" }) }, {}, async ({ post }) => {
    const response = await post("/v1/chat/completions", {
      ...ask,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const events = await eventsOf(response);
    expect(events.pop()).toBe("[DONE]");
    const chunks = events.map((event) => JSON.parse(event));
    const choice = (delta: object, finish_reason: string | null = null) => [
      { index: 0, delta, logprobs: null, finish_reason },
    ];
    expect(chunks.map(({ choices }) => choices)).toEqual([
      choice({ role: "assistant", content: "", refusal: null }),
      choice({ content: "H" }),
      choice({ content: "é" }),
      choice({}, "stop"),
      [],
    ]);
    expect(chunks.map(({ usage }) => usage?.completion_tokens)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      3,
    ]);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });
});
