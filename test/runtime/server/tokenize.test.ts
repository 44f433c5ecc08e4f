import { expect, test } from "vitest";
import { bodyOf, serving } from "../../support/runtime/served.ts";

const script = () => ({ tokens: "" });

test("texts become tokens, and tokens texts", async () => {
  await serving({ script }, {}, async ({ post, engine }) => {
    const asked = { model: "tiny", prompt: "hé", return_token_strs: true };
    const told = await bodyOf(await post("/tokenize", asked));
    expect(told).toEqual({
      count: 3,
      max_model_len: 4096,
      tokens: [104, 0xc3, 0xa9],
      token_strs: ["h", "\ufffd", "\ufffd"],
    });
    const back = await post("/detokenize", { tokens: told.tokens });
    expect(await bodyOf(back)).toEqual({ prompt: "hé" });
    expect(engine.requests.length).toBe(0);
  });
});

test("so do conversations, as their template writes them", async () => {
  await serving({ script }, {}, async ({ post }) => {
    const messages = [{ role: "user", content: [{ type: "text", text: "a" }] }];
    const told = await bodyOf(await post("/tokenize", { messages, chat_template_kwargs: { mood: 1 } }));
    expect(Buffer.from(told.tokens).toString()).toBe("{mood=1}user: a\nassistant: ");
    expect(told.token_strs).toBeNull();
  });
});

test.each([
  { more: {}, want: "user: a\nassistant: " },
  { more: { add_generation_prompt: true, add_special_tokens: false }, want: "user: a\nassistant: " },
  { more: { add_generation_prompt: false }, want: "user: a\n" },
  { more: { add_special_tokens: true, continue_final_message: false }, want: "^user: a\nassistant: " },
])("a conversation with $more is as vLLM's fields say", async ({ more, want }) => {
  await serving({ script }, {}, async ({ post }) => {
    const messages = [{ role: "user", content: "a" }];
    const { tokens } = await bodyOf(await post("/tokenize", { model: "tiny", messages, ...more }));
    expect(Buffer.from(tokens).toString()).toBe(want);
  });
});

const said = { messages: [{ role: "user", content: "a" }] };

test.each([
  {
    path: "/tokenize",
    body: { ...said, continue_final_message: true },
    want: [400, "invalid_value"],
  },
  { path: "/tokenize", body: { ...said, chat_template: "x" }, want: [400, "unsupported_parameter"] },
  { path: "/tokenize", body: { model: "other", prompt: "a" }, want: [404, "model_not_found"] },
  { path: "/detokenize", body: { model: "other", tokens: [] }, want: [404, "model_not_found"] },
  { path: "/detokenize", body: { tokens: [257] }, want: [400, "invalid_value"] },
  { path: "/tokenize", body: { messages: [], prompt: "a" }, want: [400, "invalid_value"] },
])("$path refuses $body", async ({ path, body, want }) => {
  await serving({ script }, {}, async ({ post }) => {
    const response = await post(path, body);
    expect([response.status, (await bodyOf(response)).error.code]).toEqual(want);
  });
});
