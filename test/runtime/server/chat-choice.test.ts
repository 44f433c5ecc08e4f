import { expect, test } from "vitest";
import { recordedClient } from "../../support/runtime/recorded-client.ts";
import { bodyOf, eventsOf, serving } from "../../support/runtime/served.ts";
import { thinkingText } from "../../support/runtime/thinking-text.ts";

const path = "/v1/chat/completions";
const ask = { model: "tiny", messages: [{ role: "user", content: "Hi" }] };
const clock = { type: "function", function: { name: "clock", parameters: { type: "object" } } } as const;
const thought = "<think>\nhm\n</think>\n\n";

test("a thought stands beside the answer, and its tokens are counted", async () => {
  const text = thinkingText(false);
  const script = (_: unknown, index: number) => ({ tokens: [`${thought}Hello`, "Hello"][index] ?? "" });
  await serving(
    { script },
    {},
    async (served) => {
      const { client, judge } = recordedClient(served);
      const create = () =>
        client.chat.completions.create({ ...ask, messages: [{ role: "user", content: "Hi" }] });
      const [first, second] = [await create(), await create()];
      const message = { role: "assistant", refusal: null, content: "Hello" };
      expect(first.choices[0]?.message).toEqual({ ...message, reasoning_content: "hm" });
      expect(second.choices[0]?.message).toEqual({ ...message, reasoning_content: null });
      expect(first.usage?.completion_tokens_details).toEqual({ reasoning_tokens: 19 });
      expect(second.usage?.completion_tokens_details).toEqual({ reasoning_tokens: 0 });
      expect(await judge()).toEqual({ judged: 2, problems: [] });
    },
    {},
    text,
  );
});

test("a thought is streamed before the answer, and calls follow it", async () => {
  const script = () => ({ tokens: "h\nm</think>\n\nSo<clock>{}</>", perStep: 3 });
  await serving(
    { script },
    {},
    async ({ post, engine }) => {
      const more = { stream: true, stream_options: { include_usage: true }, tools: [clock], n: 1 };
      const events = await eventsOf(await post(path, { ...ask, ...more }));
      const chunks = events.slice(0, -1).map((event) => JSON.parse(event));
      const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }: { delta: object }) => delta));
      const joined = (field: string) => deltas.map((delta) => Reflect.get(delta, field) ?? "").join("");
      expect([joined("reasoning_content"), joined("content")]).toEqual(["h\nm", "So"]);
      const calls = deltas.flatMap((delta) => ("tool_calls" in delta ? [delta.tool_calls] : []));
      expect(calls).toEqual([
        [{ index: 0, id: expect.any(String), type: "function", function: { name: "clock", arguments: "" } }],
        [{ index: 0, function: { arguments: "{}" } }],
      ]);
      expect(chunks.at(-2)?.choices[0].finish_reason).toBe("tool_calls");
      expect(chunks.at(-1)?.usage.completion_tokens_details).toEqual({ reasoning_tokens: 11 });
      expect(engine.requests[0]?.grammar).toBeUndefined();
    },
    {},
    thinkingText(true),
  );
});

test("a format holds once the thought is over", async () => {
  await serving(
    { script: () => ({ tokens: `${thought}{}` }) },
    {},
    async ({ post, engine }) => {
      const { choices } = await bodyOf(
        await post(path, { ...ask, response_format: { type: "json_object" } }),
      );
      expect(choices[0]?.message.content).toBe("{}");
      expect(engine.requests[0]?.grammar).toEqual({
        ...{ type: "after-thought", open: "<think>", close: "</think>", isOpen: false },
        grammar: { type: "json-object" },
      });
    },
    {},
    thinkingText(false),
  );
});

test("where one call is all, what a step brought behind it is not told", async () => {
  const tokens = "<clock>{}</> and so on";
  const script = (_: unknown, index: number) => ({ tokens, perStep: index === 0 ? 1 : 5 });
  await serving({ script }, {}, async ({ post }) => {
    const asked = { ...ask, tools: [clock], parallel_tool_calls: false, logprobs: true };
    const [one, five] = [await bodyOf(await post(path, asked)), await bodyOf(await post(path, asked))];
    expect(one.usage).toMatchObject({ completion_tokens: 12 });
    expect(five.usage).toEqual(one.usage);
    expect(one.choices[0]?.logprobs?.content).toHaveLength(12);
    expect(five.choices[0]?.logprobs).toEqual(one.choices[0]?.logprobs);
  });
});

test("where one call is all, no more is generated", async () => {
  const script = () => ({ tokens: "<clock>{}</><clock>{}</> and so on" });
  await serving({ script }, {}, async ({ post, engine }) => {
    const asked = { ...ask, tools: [clock], parallel_tool_calls: false };
    const response = await bodyOf(await post(path, asked));
    expect(response.choices).toMatchObject([
      {
        finish_reason: "tool_calls",
        message: { content: null, tool_calls: [{ function: { name: "clock" } }] },
      },
    ]);
    expect(response.usage).toMatchObject({ completion_tokens: 12 });
    const events = await eventsOf(await post(path, { ...asked, stream: true }));
    expect(events.filter((event) => event.includes('"name":"clock"'))).toHaveLength(1);
    expect(engine.aborts).toBe(2);
  });
});
