/** Inputs that come over the wire: bodies of every route, and bytes that are meant to be HTTP. */
import { Agent } from "node:http";
import fc from "fast-check";
import { exchange, rawExchange } from "../runtime-load/connection.ts";
import type { FuzzKind, Met } from "./fuzz-kind.ts";
import { edited, edits, mutated, mutations } from "./mutations.ts";

/** So that no input that happens to be valid makes the model talk for long. */
export const fuzzedSettings = {
  engine: { sequences: 16, waiting: 4096, kvCacheMiB: 4, sequenceTokens: 128, preemptions: 1000 },
  server: { answerTokens: 4, answerTokensMax: 8, receiveSeconds: 2, bodyBytes: 65_536, waitSeconds: 600 },
};
/** Several are on their way together, as from several clients: the engine answers them in the same steps. */
const [bodiesAtOnce, piecesAtOnce] = [32, 128];
/** What is no whole request is told to be all that comes; one that is whole was answered long before. */
const rawPatience = { endAfterMs: 200, silenceMs: 30_000 };
/** For an answer to what came whole, on a machine that does much else. */
const answerMs = 25_000;

const tool = {
  type: "function",
  function: {
    name: "look",
    description: "Looks.",
    parameters: { type: "object", properties: { at: { type: "string" } } },
  },
};
const format = {
  type: "json_schema",
  json_schema: {
    name: "a",
    schema: { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
  },
};
const messages = [
  { role: "system", content: "Be short." },
  { role: "user", content: [{ type: "text", text: "Hi" }] },
  {
    role: "assistant",
    content: null,
    tool_calls: [{ id: "c", type: "function", function: { name: "look", arguments: "{}" } }],
  },
  { role: "tool", tool_call_id: "c", content: "nothing" },
];
const sampling = {
  temperature: 0.5,
  top_p: 0.9,
  top_k: 4,
  min_p: 0.1,
  seed: 1,
  logit_bias: { "5": -1 },
  stop: ["a", "b"],
};
const penalties = { presence_penalty: 0.1, frequency_penalty: 0.1, repetition_penalty: 1.1, min_tokens: 1 };

/** One good body of each route and shape. */
const bodies: readonly (readonly [path: string, body: object])[] = [
  [
    "/v1/chat/completions",
    { model: "tiny", messages, max_tokens: 2, n: 2, logprobs: true, top_logprobs: 2, ...sampling },
  ],
  [
    "/v1/chat/completions",
    { model: "tiny", messages: messages.slice(0, 2), tools: [tool], tool_choice: "required" },
  ],
  [
    "/v1/chat/completions",
    { model: "tiny", messages: messages.slice(0, 2), response_format: format, max_tokens: 4 },
  ],
  [
    "/v1/chat/completions",
    { model: "tiny", messages, stream: true, stream_options: { include_usage: true }, ...penalties },
  ],
  [
    "/v1/completions",
    { model: "tiny", prompt: ["a", "b"], max_tokens: 2, echo: true, logprobs: 2, ...sampling },
  ],
  ["/v1/completions", { model: "tiny", prompt: [1, 2, 3], max_tokens: 2, stream: true, ...penalties }],
  [
    "/v1/responses",
    {
      model: "tiny",
      input: [{ role: "user", content: "Hi" }],
      max_output_tokens: 2,
      instructions: "Be short.",
    },
  ],
  ["/v1/responses", { model: "tiny", input: "Hi", stream: true, max_output_tokens: 2 }],
  ["/tokenize", { model: "tiny", prompt: "Hi", add_special_tokens: true, return_token_strs: true }],
  ["/tokenize", { model: "tiny", messages: messages.slice(0, 2), add_generation_prompt: true }],
  ["/detokenize", { model: "tiny", tokens: [1, 2, 3] }],
  [
    "/v2/models/tiny/infer",
    { id: "1", inputs: [{ name: "text_input", datatype: "BYTES", shape: [1], data: ["Hi"] }] },
  ],
];

/** Kinds that need a server at this address. */
export const wireKinds: Readonly<Record<string, (url: string) => FuzzKind>> = {
  json: jsonBodies,
  http: httpBytes,
};

function jsonBodies(url: string): FuzzKind {
  const row = fc.constantFrom(...bodies);
  const sent = (path: string, body: string | Buffer) => ({ path, body: Buffer.from(body) });
  const inputs = fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(row, mutations)
        .map(([[path, body], changes]) => sent(path, textOf(mutated(body, changes)))),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(row, edits)
        .map(([[path, body], changes]) => sent(path, edited(Buffer.from(textOf(body)), changes))),
    },
  );
  const agent = new Agent({ keepAlive: true, maxSockets: bodiesAtOnce });
  return {
    inputs,
    atOnce: bodiesAtOnce,
    meet: async (input) => {
      const { path, body } = input as ReturnType<typeof sent>;
      const { status, text, end, error } = await exchange({
        url,
        path,
        body,
        agent,
        id: "fuzz",
        leaveAfterMs: answerMs,
      });
      if (end !== "whole") throw new Error(`the answer is ${end} after status ${status} ${error ?? ""}`);
      return judged(status, text);
    },
  };
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? "";
}

/** Whatever is refused is refused with a reason, and nothing fails inside. */
function judged(status: number, text: string): Met {
  if (status === 200 && !text.includes('"internal_error"')) return "taken";
  const isTold = status >= 400 && status < 500 && text.includes('"error"');
  if (isTold) return "refused";
  throw new Error(`status ${status}: ${text.slice(0, 500)}`);
}

function httpBytes(url: string): FuzzKind {
  const port = Number(new URL(url).port);
  const headers = "host: a\r\ncontent-type: application/json\r\n";
  const rows = bodies.map(([path, body]) => {
    const text = textOf(body);
    const head = `POST ${path} HTTP/1.1\r\n${headers}connection: close\r\n`;
    return Buffer.from(`${head}content-length: ${text.length}\r\n\r\n${text}`);
  });
  const chunked = `POST /tokenize HTTP/1.1\r\n${headers}transfer-encoding: chunked\r\n\r\n`;
  const others = [
    Buffer.from("GET /v1/models HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"),
    Buffer.from("GET /metrics HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n"),
    Buffer.from(`${chunked}b\r\n{"prompt":"\r\n3\r\na"}\r\n0\r\n\r\n`),
  ];
  const inputs = fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(fc.constantFrom(...rows, ...others), edits)
        .map(([one, changes]) => edited(one, changes)),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)) },
  );
  return {
    inputs,
    atOnce: piecesAtOnce,
    meet: async (bytes) => {
      const { text, end } = await rawExchange(port, bytes as Buffer, rawPatience);
      if (end === "silent") throw new Error(`neither closed nor answered after ${text.slice(0, 500)}`);
      // Closed without a word: what came was no request, or not a whole one.
      if (text === "") return "refused";
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? Number.NaN);
      if (status >= 100 && status < 500 && !text.includes('"internal_error"'))
        return status < 400 ? "taken" : "refused";
      throw new Error(text.slice(0, 500));
    },
  };
}
