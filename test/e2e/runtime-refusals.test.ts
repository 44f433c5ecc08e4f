import { describe, expect, test } from "vitest";
import { areSchemasMissing, schemaProblems } from "../support/runtime/openai-schemas.ts";
import { rawAnswer, serving } from "../support/runtime/served.ts";

const chat = "/v1/chat/completions";
const text = "/v1/completions";
const infer = "/v2/models/tiny/infer";

const hi = [{ role: "user", content: "Hi" }];
const weather = { type: "function", function: { name: "weather" } };
const schemaFormat = (schema: object) => ({
  response_format: { type: "json_schema", json_schema: { name: "a", schema } },
});

interface Refusal {
  readonly case: string;
  readonly path?: string;
  /** Fields beside those of a request that is good; a text is the whole body. */
  readonly body: string | object;
  readonly headers?: Record<string, string>;
  readonly want: readonly [status: number, code: string, param: string | null];
}

const unsupported = (param: string, value: unknown = {}): Refusal => ({
  case: `chat: ${param} is not supported`,
  body: { [param]: value },
  want: [400, "unsupported_parameter", param],
});
const invalid = (param: string, value: unknown, code = "invalid_value"): Refusal => ({
  case: `chat: ${param} is ${JSON.stringify(value)?.slice(0, 40)}`,
  body: { [param]: value },
  want: [400, code, param],
});
const wrongMessage = (title: string, message: unknown, code: string, param: string): Refusal => ({
  case: `chat: ${title}`,
  body: { messages: [message] },
  want: [400, code, `messages[0]${param}`],
});
const wrongPrompt = (title: string, body: object, code: string, param: string): Refusal => ({
  case: `completions: ${title}`,
  path: text,
  body,
  want: [400, code, param],
});

const refusals: readonly Refusal[] = [
  { case: "no JSON", body: "{", want: [400, "invalid_json", null] },
  { case: "nothing", body: "", want: [400, "invalid_json", null] },
  { case: "a list", body: "[]", want: [400, "invalid_type", null] },
  { case: "a prototype", body: '{"__proto__":{"a":1}}', want: [400, "invalid_json", null] },
  { case: "too deep", body: `${"[".repeat(70)}${"]".repeat(70)}`, want: [400, "invalid_json", null] },
  { case: "too large", body: `"${"a".repeat(5000)}"`, want: [413, "body_too_large", null] },
  {
    case: "a form",
    body: "a=b",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    want: [415, "unsupported_media_type", null],
  },
  { case: "no such path", path: "/v1/nothing", body: {}, want: [404, "not_found", null] },
  { case: "another method", path: "/v1/models", body: {}, want: [405, "method_not_allowed", null] },
  { case: "another model", body: { model: "x" }, want: [404, "model_not_found", "model"] },
  { case: "no model", body: { model: undefined }, want: [400, "missing_required_parameter", "model"] },
  {
    case: "no messages",
    body: { messages: undefined },
    want: [400, "missing_required_parameter", "messages"],
  },
  invalid("messages", []),
  invalid("messages", "Hi", "invalid_type"),
  invalid("temperature", 2.1),
  invalid("temperature", -0.1),
  invalid("temperature", "warm", "invalid_type"),
  invalid("top_p", -0.1),
  invalid("top_p", 1.1),
  invalid("top_k", -2),
  invalid("top_k", 1.5, "invalid_type"),
  invalid("min_p", 1.1),
  invalid("seed", "x", "invalid_type"),
  invalid("presence_penalty", 2.1),
  invalid("frequency_penalty", -2.1),
  invalid("repetition_penalty", 0),
  invalid("n", 0),
  invalid("n", 129),
  invalid("stop", ""),
  invalid("stop", Array(17).fill("a")),
  invalid("stop_token_ids", [257]),
  invalid("max_tokens", 0),
  invalid("max_tokens", 4097),
  invalid("max_tokens", 4090, "context_length_exceeded"),
  invalid("max_completion_tokens", 4090, "context_length_exceeded"),
  invalid("min_tokens", 5000),
  invalid("top_logprobs", 21),
  invalid("top_logprobs", 1),
  invalid("logprobs", 1, "invalid_type"),
  invalid("stream", "yes", "invalid_type"),
  invalid("chat_template_kwargs", 1, "invalid_type"),
  invalid("tool_choice", "required"),
  invalid("tool_choice", "sometimes", "invalid_type"),
  invalid("modalities", "text", "invalid_type"),
  invalid("reasoning_effort", "huge"),
  invalid("safety_identifier", "a".repeat(65)),
  {
    case: "chat: logit_bias of no token",
    body: { logit_bias: { 257: 1 } },
    want: [400, "invalid_value", "logit_bias"],
  },
  {
    case: "chat: logit_bias of a word",
    body: { logit_bias: { a: 1 } },
    want: [400, "invalid_value", "logit_bias.a"],
  },
  {
    case: "chat: logit_bias too large",
    body: { logit_bias: { 1: 101 } },
    want: [400, "invalid_value", "logit_bias.1"],
  },
  {
    case: "chat: two limits",
    body: { max_tokens: 1, max_completion_tokens: 2 },
    want: [400, "invalid_value", "max_tokens"],
  },
  {
    case: "chat: an unknown stream option",
    body: { stream_options: { fast: true } },
    want: [400, "unknown_parameter", "stream_options.fast"],
  },
  invalid("temprature", 1, "unknown_parameter"),
  unsupported("audio"),
  unsupported("web_search_options"),
  unsupported("moderation"),
  unsupported("functions", []),
  unsupported("function_call", "auto"),
  wrongMessage("no role", { content: "a" }, "invalid_value", ".role"),
  wrongMessage("an unknown role", { role: "boss", content: "a" }, "invalid_value", ".role"),
  wrongMessage("no content", { role: "user" }, "missing_required_parameter", ".content"),
  wrongMessage(
    "a picture",
    { role: "user", content: [{ type: "image_url", image_url: { url: "a" } }] },
    "invalid_value",
    ".content[0].type",
  ),
  wrongMessage(
    "an answer to no call",
    { role: "tool", content: "a" },
    "missing_required_parameter",
    ".tool_call_id",
  ),
  wrongMessage("an unknown field", { role: "user", content: "a", mood: 1 }, "unknown_parameter", ".mood"),
  {
    case: "chat: what the template refuses",
    body: { messages: [{ role: "user", content: "refuse me" }] },
    want: [400, "invalid_messages", "messages"],
  },
  {
    case: "chat: a prompt that is too long",
    body: { messages: [{ role: "user", content: "a".repeat(4090) }] },
    want: [400, "context_length_exceeded", "messages"],
  },
  {
    case: "chat: a tool that is no function",
    body: { tools: [{ type: "custom", function: { name: "a" } }] },
    want: [400, "invalid_value", "tools[0].type"],
  },
  {
    case: "chat: a tool with a bad name",
    body: { tools: [{ type: "function", function: { name: "a b" } }] },
    want: [400, "invalid_value", "tools[0].function.name"],
  },
  { case: "chat: a tool twice", body: { tools: [weather, weather] }, want: [400, "invalid_value", "tools"] },
  {
    case: "chat: a choice of no tool",
    body: { tools: [weather], tool_choice: { type: "function", function: { name: "other" } } },
    want: [400, "invalid_value", "tool_choice"],
  },
  {
    case: "chat: tools and a format",
    body: { tools: [weather], response_format: { type: "json_object" } },
    want: [400, "unsupported_parameter", "response_format"],
  },
  {
    case: "chat: an unknown format",
    body: { response_format: { type: "xml" } },
    want: [400, "invalid_value", "response_format.type"],
  },
  {
    case: "chat: a schema that is none",
    body: schemaFormat({ type: "no-such-type" }),
    want: [400, "invalid_grammar", "response_format"],
  },
  wrongPrompt("no prompt", { prompt: undefined }, "missing_required_parameter", "prompt"),
  wrongPrompt("an empty text", { prompt: "" }, "invalid_value", "prompt"),
  wrongPrompt("an empty list", { prompt: [] }, "invalid_type", "prompt"),
  wrongPrompt("a number", { prompt: 1 }, "invalid_type", "prompt"),
  wrongPrompt("texts and tokens", { prompt: ["a", [1]] }, "invalid_type", "prompt"),
  wrongPrompt("no such token", { prompt: [257] }, "invalid_value", "prompt"),
  wrongPrompt("too many prompts", { prompt: Array(65).fill("a") }, "invalid_value", "prompt"),
  wrongPrompt("a suffix", { suffix: "b" }, "unsupported_parameter", "suffix"),
  wrongPrompt("the best of many", { best_of: 2 }, "unsupported_parameter", "best_of"),
  wrongPrompt("echo with logprobs", { echo: true, logprobs: 1 }, "unsupported_parameter", "echo"),
  wrongPrompt("messages", { messages: hi }, "unknown_parameter", "messages"),
  {
    case: "tokenize: nothing",
    path: "/tokenize",
    body: {},
    want: [400, "missing_required_parameter", "prompt"],
  },
  {
    case: "detokenize: no token",
    path: "/detokenize",
    body: { tokens: [999] },
    want: [400, "invalid_value", "tokens"],
  },
];

/** Good by itself: what a row adds is all that is wrong with it. */
function bodyOf({ path = chat, body }: Refusal): string {
  if (typeof body === "string") return body;
  if (path === chat) return JSON.stringify({ model: "tiny", messages: hi, ...body });
  if (path === text) return JSON.stringify({ model: "tiny", prompt: "a", ...body });
  return JSON.stringify(body);
}

describe("requests that are refused", () => {
  test("are at least sixty", () => expect(refusals.length).toBeGreaterThanOrEqual(60));

  test.each(refusals)("$case", async (refusal) => {
    await serving({ script: () => ({ tokens: "ok" }) }, { bodyBytes: 4800 }, async ({ post, engine }) => {
      const response = await post(refusal.path ?? chat, bodyOf(refusal), refusal.headers);
      const told = (await response.json()) as {
        error: { code: string; param: string | null; message: string };
      };
      expect([response.status, told.error.code, told.error.param], told.error.message).toEqual(refusal.want);
      expect(schemaProblems("ErrorResponse", told)).toEqual([]);
      expect(told.error.message).not.toMatch(/\n\s+at |node_modules|\.ts/);
      expect(engine.requests.length).toBe(0);
    });
  });

  test("of which every mistake is told at once", async () => {
    await serving({ script: () => ({ tokens: "" }) }, {}, async ({ post }) => {
      const response = await post(chat, { model: "tiny", messages: hi, temperature: 3, n: 0, speed: 1 });
      const { error } = (await response.json()) as { error: { message: string } };
      for (const field of ["temperature", "n", "speed"]) expect(error.message).toContain(`${field}: `);
    });
  });

  test("over the Open Inference Protocol tell their error as a text", async () => {
    await serving({ script: () => ({ tokens: "" }) }, {}, async ({ post }) => {
      const input = { name: "text_input", datatype: "BYTES", shape: [2], data: ["a"] };
      const response = await post(infer, { inputs: [input] });
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        error: "inputs[0].data: wants as many texts as the shape says, 2, and at least one",
      });
    });
  });

  test.each([
    { case: "what is no HTTP", bytes: "hello\r\n\r\n", want: [400, "invalid_request"] },
    {
      case: "headers without end",
      bytes: `GET / HTTP/1.1\r\na: ${"a".repeat(20_000)}`,
      want: [431, "headers_too_large"],
    },
  ])("before there is a request: $case", async ({ bytes, want }) => {
    await serving({ script: () => ({ tokens: "" }) }, {}, async ({ port }) => {
      const [head, body] = (await rawAnswer(port, bytes)).split("\r\n\r\n");
      expect([Number(head?.split(" ")[1]), JSON.parse(body ?? "").error.code]).toEqual(want);
    });
  });

  test.skipIf(areSchemasMissing)(
    "fit OpenAI's schema of errors (needs ../shared/data or PLINTH_OPENAI_OPENAPI)",
    () => {
      expect(schemaProblems("ErrorResponse", { error: { message: "a" } }).length).toBe(3);
    },
  );
});
