/** Whoever reads a book holds up nobody: probes and others are answered meanwhile. */
import { request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import type { TextThreads } from "../../runtime/server/text-reader.ts";
import { type TextResult, type TextTask, textResult } from "../../runtime/server/text-task.ts";
import { textModel } from "../../runtime/text-model.ts";
import { ThreadPool } from "../../runtime/thread-pool.ts";
import { tinyModelDirectory } from "../../runtime/tiny/tiny-directory.ts";
import type { Obeyed, Order } from "../support/runtime/obedient-thread-main.ts";
import { type Served, serving, until } from "../support/runtime/served.ts";

const directory = await tinyModelDirectory();
const text = textModel(directory);
const entry = new URL("../../runtime/text-main.ts", import.meta.url);
const obedient = new URL("../support/runtime/obedient-thread-main.ts", import.meta.url);
const sentence = "The queue of a cluster is fair when each team gets what it was promised, and 42 more. ";
/** Nearly as much as a body may have. */
const book = sentence.repeat(Math.floor((4 * 2 ** 20 - 1000) / sentence.length));
/** Enough to see that these ask the same threads. */
const chapter = book.slice(0, 2 ** 19);
/** Just long. */
const page = book.slice(0, 10_000);
const engine = { script: () => ({ tokens: "" }), facts: { vocabularySize: 4096 } };

interface PoolChange {
  threads?: number;
  waiting?: number;
  milliseconds?: number;
}

const usual = { threads: 2, waiting: 8, milliseconds: 600_000, idleMilliseconds: 600_000 };

/** Threads as `serve` has them, and what of them was told so far; what they say waits for `told`. */
function threads(change: PoolChange = {}, told: Promise<void> = Promise.resolve()) {
  const options = { entry, data: directory, ...usual, unwantedMilliseconds: 0, ...change };
  const pool = new ThreadPool<TextTask, TextResult>(options);
  onTestFinished(() => pool.close());
  const counts = { begun: 0 };
  const run: TextThreads["run"] = async (task, signal, tenant) => {
    counts.begun += 1;
    try {
      return await pool.run(task, signal, tenant);
    } finally {
      await told;
    }
  };
  return { counts, run };
}

/** Threads that read nothing before they are let go. */
function heldThreads(change: PoolChange = {}) {
  const options = { entry: obedient, data: "", ...usual, unwantedMilliseconds: 600_000, ...change };
  const pool = new ThreadPool<Order, Obeyed>(options);
  onTestFinished(() => pool.close());
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const counts = { begun: 0 };
  const run: TextThreads["run"] = async (task, signal, tenant) => {
    counts.begun += 1;
    await pool.run({ type: "wait", flags }, signal, tenant);
    return textResult(text, task);
  };
  const isBusy = () => Atomics.load(flags, 1) === 1;
  const letGo = () => {
    Atomics.store(flags, 0, 1);
    Atomics.notify(flags, 0);
  };
  return { pool, counts, run, isBusy, letGo };
}

const chat = { model: "tiny", messages: [{ role: "user", content: book }] };
const infer = { inputs: [{ name: "text_input", datatype: "BYTES", shape: [1], data: [chapter] }] };
const tokens = Array.from({ length: 1_000_000 }, (_, index) => index % 800);

test.each([
  { path: "/v1/chat/completions", body: chat, want: 400, code: "context_length_exceeded" },
  {
    path: "/v1/completions",
    body: { model: "tiny", prompt: book },
    want: 400,
    code: "context_length_exceeded",
  },
  {
    path: "/v1/responses",
    body: { model: "tiny", input: chapter },
    want: 400,
    code: "context_length_exceeded",
  },
  {
    path: "/v1/embeddings",
    body: { model: "tiny", input: book },
    want: 400,
    code: "context_length_exceeded",
  },
  { path: "/v2/models/tiny/infer", body: infer, want: 400, code: "possible" },
  { path: "/tokenize", body: { model: "tiny", prompt: book }, want: 200, code: '"max_model_len"' },
  { path: "/detokenize", body: { model: "tiny", tokens }, want: 200, code: '"prompt"' },
])("while $path reads long texts, probes are answered", async ({ path, body, want, code }) => {
  const told = Promise.withResolvers<void>();
  const { counts, run } = threads({}, told.promise);
  const use = async ({ post, url }: Served) => {
    const answer = post(path, body);
    await until(() => counts.begun === 1);
    for (let probe = 0; probe < 10; probe += 1) expect((await fetch(`${url}/health/live`)).status).toBe(200);
    told.resolve();
    const response = await answer;
    expect([response.status, (await response.text()).includes(code)]).toEqual([want, true]);
  };
  await serving(engine, {}, use, {}, text, { run });
});

test("a client that leaves is not read for, and who waits is", async () => {
  const { counts, run } = threads({ threads: 1 });
  const use = async ({ post, port, log }: Served) => {
    const body = JSON.stringify(chat);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const client = request({ port, path: "/v1/chat/completions", method: "POST", headers });
    client.on("error", () => undefined);
    client.end(body);
    await until(() => counts.begun === 1);
    const waiting = post("/tokenize", { prompt: page });
    await until(() => counts.begun === 2);
    client.destroy();
    expect((await waiting).status).toBe(200);
    await until(() => log.length === 2);
    expect(log.map(({ path, error }) => [path, error])).toEqual([
      ["/v1/chat/completions", "client_closed_request"],
      ["/tokenize", undefined],
    ]);
  };
  await serving(engine, {}, use, {}, text, { run });
});

test("a text that takes too long is refused", async () => {
  const { counts, run } = threads({ threads: 1, waiting: 0, milliseconds: 1 });
  const use = async ({ post, url }: Served) => {
    const late = post("/tokenize", { prompt: book });
    await until(() => counts.begun === 1);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    const response = await late;
    expect([response.status, response.headers.get("x-should-retry")]).toEqual([504, "false"]);
    expect(await response.text()).toContain('"code":"text_timeout"');
    expect((await post("/tokenize", { prompt: "short" })).status).toBe(200);
  };
  await serving(engine, {}, use, {}, text, { run });
});

test("a text for which there is neither a thread nor a place is refused", async () => {
  const { run, isBusy, letGo } = heldThreads({ threads: 1, waiting: 0 });
  const use = async ({ post, url }: Served) => {
    const first = post("/tokenize", { prompt: page });
    await until(isBusy);
    const second = await post("/tokenize", { prompt: page });
    expect([second.status, second.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await second.text()).toContain('"code":"queue_full"');
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^vllm:admission_rejections_total\{reason="texts",.*\} 1$/m);
    letGo();
    expect((await first).status).toBe(200);
  };
  await serving(engine, {}, use, {}, text, { run });
});

test("a server that is closed waits for no text that is read, nor for its thread", async () => {
  const { pool, counts, run, isBusy } = heldThreads({ threads: 1 });
  const use = async ({ post, server }: Served) => {
    const asked = [post("/tokenize", { prompt: page })];
    await until(isBusy);
    asked.push(post("/tokenize", { prompt: page }));
    await until(() => counts.begun === 2);
    await server.close(0);
    for (const response of await Promise.all(asked)) {
      expect([response.status, await response.text()]).toEqual([503, expect.stringContaining("draining")]);
    }
    await pool.close();
  };
  await serving(engine, {}, use, {}, text, { run });
});
