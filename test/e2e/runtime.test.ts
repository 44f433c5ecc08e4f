/** The runtime as users meet it: real processes, the tiny model, OpenAI's own client. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import OpenAI, { type APIError } from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tinyModelDirectory } from "../../runtime/tiny/tiny-directory.ts";
import { eventually } from "../support/platform.ts";
import { ServedRuntime } from "../support/runtime/served-runtime.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** However slow this machine is, what its tests ask for at once waits. */
const server = { waitSeconds: 600 };

let model: string;
let runtime: ServedRuntime;
let client: OpenAI;

beforeAll(async () => {
  model = await tinyModelDirectory();
  runtime = await ServedRuntime.serve(model, { engine: { sequences: 8, waiting: 64 }, server });
  client = new OpenAI({ baseURL: `${runtime.url}/v1`, apiKey: "none", maxRetries: 0 });
});
afterAll(() => runtime?.stop());

const ask = (content: string, change: object = {}) =>
  client.chat.completions.create({
    model: "tiny",
    temperature: 0,
    max_tokens: 64,
    messages: [{ role: "user" as const, content }],
    ...change,
  }) as Promise<OpenAI.ChatCompletion>;

/** vLLM's field, which OpenAI's types do not know. */
const endless = { model: "tiny", ignore_eos: true };

/** Tokens of an answer, or how it was refused. */
function outcomeOf(answer: Promise<OpenAI.ChatCompletion>): Promise<number | string | undefined> {
  return answer.then(
    ({ usage }) => usage?.completion_tokens,
    ({ status, code }: APIError) => (status === undefined ? "no connection" : `${status} ${code}`),
  );
}

test("it answers a question with words", async () => {
  const { choices, usage } = await ask("What is a ClusterQueue?");
  expect(choices[0]?.finish_reason).toBe("stop");
  expect(choices[0]?.message.content).toMatch(/queue/i);
  expect(usage?.completion_tokens).toBeGreaterThan(5);
});

test("a stream says the same, piece by piece", async () => {
  const whole = await ask("What is MIG?");
  const stream = await client.chat.completions.create({
    model: "tiny",
    temperature: 0,
    max_tokens: 64,
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: "user", content: "What is MIG?" }],
  });
  let text = "";
  let pieces = 0;
  for await (const { choices, usage } of stream) {
    text += choices[0]?.delta.content ?? "";
    pieces += 1;
    if (usage) expect(usage.completion_tokens).toBe(whole.usage?.completion_tokens);
  }
  expect(text).toBe(whole.choices[0]?.message.content);
  expect(pieces).toBeGreaterThan(5);
});

test("who asks beside others gets what they would get alone", async () => {
  const questions = ["What is MIG?", "What is a ClusterQueue?", "Hello", "Who are you?"];
  const alone: (string | null | undefined)[] = [];
  for (const question of questions) alone.push((await ask(question)).choices[0]?.message.content);
  const many = Array.from({ length: 40 }, (_, index) => index % questions.length);
  const together = await Promise.all(many.map((index) => ask(questions[index] ?? "")));
  expect(together.map(({ choices }) => choices[0]?.message.content)).toEqual(
    many.map((index) => alone[index]),
  );
});

test("an answer that must be JSON is, and fits its schema", async () => {
  const schema = {
    type: "object",
    properties: { answer: { type: "string", maxLength: 20 }, count: { type: "integer" } },
    required: ["answer", "count"],
    additionalProperties: false,
  };
  const { choices } = await ask("How many?", {
    max_tokens: 200,
    response_format: { type: "json_schema", json_schema: { name: "reply", schema, strict: true } },
  });
  const reply = JSON.parse(choices[0]?.message.content ?? "");
  expect(Object.keys(reply).sort()).toEqual(["answer", "count"]);
  expect(typeof reply.answer).toBe("string");
  expect(Number.isInteger(reply.count)).toBe(true);
});

test("who leaves takes nothing with them", async () => {
  const controllers = Array.from({ length: 20 }, () => new AbortController());
  const asked = controllers.map(({ signal }) =>
    client.chat.completions
      .create(
        { ...endless, max_tokens: 450, messages: [{ role: "user", content: "Tell me all." }] },
        { signal },
      )
      .catch((error: Error) => error.name),
  );
  await eventually(
    () => runtime.metric("vllm:num_requests_running"),
    (running) => running > 0,
  );
  for (const controller of controllers) controller.abort();
  await Promise.all(asked);
  for (const metric of [
    "vllm:num_requests_running",
    "vllm:num_requests_waiting",
    "vllm:kv_cache_usage_perc",
  ]) {
    await eventually(
      () => runtime.metric(metric),
      (value) => value === 0,
    );
  }
});

/** The engine's own process, which the server started. */
function enginePid(): number {
  const children = readdirSync(`/proc/${runtime.child.pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${runtime.child.pid}/task/${task}/children`, "utf8")
      .trim()
      .split(" ")
      .filter(Boolean),
  );
  expect(children).toHaveLength(1);
  return Number(children[0]);
}

test("when the engine crashes, its requests are told, and it answers again", async () => {
  const before = (await ask("Hello")).choices[0]?.message.content;
  const pid = enginePid();
  // Long enough for the crash to meet some of them.
  const asked = Array.from({ length: 30 }, () =>
    outcomeOf(ask("Tell me all.", { ...endless, max_tokens: 450 })),
  );
  await eventually(
    () => runtime.metric("vllm:num_requests_running"),
    (running) => running > 0,
  );
  process.kill(pid, "SIGKILL");
  const told = new Set(await Promise.all(asked));
  told.delete(450);
  expect([...told]).toEqual(["503 device_lost"]);
  expect((await runtime.get("/health/live")).status).toBe(200);
  await eventually(
    () => runtime.get("/health/ready"),
    ({ status }) => status === 200,
  );
  expect(enginePid()).not.toBe(pid);
  expect(await runtime.metric("vllm:engine_restarts_total")).toBe(1);
  expect((await ask("Hello")).choices[0]?.message.content).toBe(before);
});

test("the log has a line for each request, and nothing of what was said", () => {
  const lines = runtime.output.trim().split("\n");
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ path: "/v1/chat/completions" });
  expect(runtime.output).not.toMatch(/ClusterQueue|Tell me/);
});

test("SIGTERM finishes what was taken, takes nothing new, and ends", async () => {
  const other = await ServedRuntime.serve(model, { engine: { sequences: 4, waiting: 64 }, server });
  const own = new OpenAI({ baseURL: `${other.url}/v1`, apiKey: "none", maxRetries: 0 });
  const hello = () =>
    outcomeOf(
      own.chat.completions.create({
        ...endless,
        max_tokens: 450,
        messages: [{ role: "user", content: "Hello" }],
      }),
    );
  const asked = Array.from({ length: 40 }, hello);
  await eventually(
    () => other.metric("vllm:num_requests_running"),
    (running) => running === 4,
  );
  other.child.kill("SIGTERM");
  await eventually(
    () => other.get("/health/ready"),
    ({ status }) => status === 503,
  );
  expect(["503 draining", "no connection"]).toContain(await hello());
  // Some may have been on their way when the signal came.
  const outcomes = await Promise.all(asked);
  expect(outcomes.filter((outcome) => outcome === 450).length).toBeGreaterThanOrEqual(4);
  expect(outcomes.filter((outcome) => outcome !== 450 && outcome !== "503 draining")).toEqual([]);
  expect(await other.exited).toBe(0);
});

test.each([
  ["no command", [], 2, /^Usage: npm run runtime/],
  ["an unknown flag", ["serve", "--modle", "x"], 2, /Unknown option '--modle'/],
  [
    "a model that is not there",
    ["serve", "--model", "/nowhere"],
    1,
    /^\/nowhere\/config\.json: is not there$/m,
  ],
  ["a port that is none", ["serve", "--model", "/nowhere", "--port", "http"], 2, /port: /],
  ["no way to quantise", ["quantize", "--model", "x", "--to", "y"], 2, /--weights: Invalid option: expected/],
  [
    "weights of 3 bits",
    ["quantize", "--model", "x", "--to", "y", "--weights", "int3"],
    2,
    /--weights: Invalid option: expected one of "int8"\|"int4"$/m,
  ],
  [
    "groups of 48",
    ["quantize", "--model", "x", "--to", "y", "--weights", "int4", "--group", "48"],
    2,
    /--group: Invalid option: expected one of "32"\|"64"\|"128"$/m,
  ],
  [
    "groups of whole rows",
    ["quantize", "--model", "x", "--to", "y", "--weights", "int8", "--group", "32"],
    2,
    /--group: int8 weights have one scale for each row, and no groups$/m,
  ],
  [
    "a model to quantise that is not there",
    ["quantize", "--model", "/nowhere", "--to", "/nowhere/else", "--weights", "int8"],
    1,
    /^\/nowhere\/config\.json: is not there$/m,
  ],
  [
    "other machines without a key",
    ["serve", "--model", "/nowhere", "--host", "0.0.0.0"],
    2,
    /set server\.keys/,
  ],
])("%s is told with its exit code", async (_, args, code, words) => {
  const { exited, errors } = await ServedRuntime.run(...args);
  expect(await exited).toBe(code);
  expect(errors).toMatch(words);
});

test("a context without room is refused with what there is", async () => {
  const settings = join(temporaryDirectory(), "runtime.json");
  writeFileSync(settings, JSON.stringify({ engine: { model, kvCacheMiB: 1, sequenceTokens: 4096 } }));
  const { exited, errors } = await ServedRuntime.run("serve", "--settings", settings, "--port", "0");
  expect(await exited).toBe(2);
  expect(errors).toContain("engine.sequenceTokens: 4096 tokens, where the model's context has 512");
});

test("a port that another has is told, and nothing is left running", async () => {
  const port = new URL(runtime.url).port;
  const { exited, errors } = await ServedRuntime.run("serve", "--model", model, "--port", port);
  expect(await exited).toBe(1);
  expect(errors).toContain("EADDRINUSE");
});

test("JSON that ends by itself ends the answer, whatever else was asked for", async () => {
  const { choices } = await ask("How many?", { ...endless, response_format: { type: "json_object" } });
  if (choices[0]?.finish_reason === "stop") JSON.parse(choices[0].message.content ?? "");
  expect((await runtime.get("/health/ready")).status).toBe(200);
});

test.each([
  { weights: "int8", flags: ["--weights", "int8"], format: "int8, a scale for each row" },
  { weights: "int4", flags: ["--weights", "int4", "--group", "32"], format: "int4, groups of 32" },
])("a model whose weights were made $weights answers, and doctor says what it is", async (row) => {
  const to = join(temporaryDirectory(), "small");
  const made = await ServedRuntime.run("quantize", "--model", model, "--to", to, ...row.flags);
  expect([await made.exited, made.errors]).toEqual([0, ""]);
  expect(made.output).toMatch(
    new RegExp(`^${to}: \\d+ matrices as ${row.weights}, .+ MiB became .+ MiB$`, "m"),
  );
  const { output } = await ServedRuntime.run("doctor", "--model", to, "--json");
  expect(JSON.parse(output)).toMatchObject({ weights: row.format, model: "small" });
  const served = await ServedRuntime.serve(to);
  const { choices } = await new OpenAI({
    baseURL: `${served.url}/v1`,
    apiKey: "none",
  }).chat.completions.create({
    model: "tiny",
    temperature: 0,
    max_tokens: 64,
    messages: [{ role: "user", content: "What is a ClusterQueue?" }],
  });
  expect(choices[0]?.message.content).toMatch(/queue/i);
  expect(await served.stop()).toBe(0);
});
