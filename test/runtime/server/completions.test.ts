import { expect, test } from "vitest";
import { bodyOf, eventsOf, serving } from "../../support/runtime/served.ts";

const path = "/v1/completions";

test.each([
  { case: "a text", prompt: "ab", want: ["ab"] },
  { case: "texts", prompt: ["ab", "c"], want: ["ab", "c"] },
  { case: "tokens", prompt: [97, 98], want: ["ab"] },
  { case: "lists of tokens", prompt: [[97, 98], [99]], want: ["ab", "c"] },
])("$case, each with its own choices and its echo", async ({ prompt, want }) => {
  const script = (_: unknown, index: number) => ({ tokens: `-${index}` });
  await serving({ script }, {}, async ({ post, engine }) => {
    const response = await post(path, { model: "tiny", prompt, n: 2, echo: true });
    const { choices, usage, object } = await bodyOf(response);
    const texts = want.flatMap((text, index) => [`${text}-${index * 2}`, `${text}-${index * 2 + 1}`]);
    expect(choices.map(({ text }) => text)).toEqual(texts);
    expect(object).toBe("text_completion");
    expect(usage.prompt_tokens).toBe(want.join("").length);
    expect(engine.requests.map((request) => Buffer.from(request.prompt).toString())).toEqual(
      want.flatMap((text) => [text, text]),
    );
  });
});

test("without a limit an answer has sixteen tokens", async () => {
  await serving({ script: () => ({ tokens: "a".repeat(99) }) }, {}, async ({ post }) => {
    const { choices } = await bodyOf(await post(path, { model: "tiny", prompt: "x" }));
    expect(choices).toEqual([{ index: 0, text: "a".repeat(16), logprobs: null, finish_reason: "length" }]);
  });
});

test("offsets count characters, not code units", async () => {
  await serving({ script: () => ({ tokens: "😀b" }) }, {}, async ({ post }) => {
    const { choices } = await bodyOf(await post(path, { model: "tiny", prompt: "x", logprobs: 0 }));
    const { text, logprobs } = choices[0] ?? {};
    expect([text, logprobs]).toEqual(["😀b", expect.objectContaining({ text_offset: [0, 0, 0, 0, 1] })]);
  });
});

test("events tell the echo once, log probabilities by token, and usage at the end", async () => {
  await serving({ script: () => ({ tokens: "ab" }) }, {}, async ({ post }) => {
    const asked = { model: "tiny", prompt: "x", stream: true, stream_options: { include_usage: true } };
    const echoed = await eventsOf(await post(path, { ...asked, echo: true }));
    expect(echoed.pop()).toBe("[DONE]");
    const chunks = echoed.map((event) => JSON.parse(event));
    expect(chunks.map(({ choices }) => choices[0]?.text)).toEqual(["xa", "b", "", undefined]);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, "stop", undefined]);
    expect(chunks.map(({ usage }) => usage?.total_tokens)).toEqual([undefined, undefined, undefined, 3]);
    const logged = await eventsOf(await post(path, { ...asked, logprobs: 0 }));
    expect(JSON.parse(logged[1] ?? "").choices[0].logprobs).toEqual({
      tokens: ["b"],
      token_logprobs: [-0.5],
      top_logprobs: [{}],
      text_offset: [1],
    });
  });
});
