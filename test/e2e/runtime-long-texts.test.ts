/** Whoever reads a book holds up nobody: probes and others are answered meanwhile. */
import { request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import type { TextThreads } from "../../runtime/server/text-reader.ts";
import type { TextResult, TextTask } from "../../runtime/server/text-task.ts";
import { textModel } from "../../runtime/text-model.ts";
import { ThreadPool } from "../../runtime/thread-pool.ts";
import { tinyModelDirectory } from "../../runtime/tiny/tiny-directory.ts";
import { type Served, serving, until } from "../support/runtime/served.ts";

const directory = await tinyModelDirectory();
const text = textModel(directory);
const entry = new URL("../../runtime/text-main.ts", import.meta.url);
const sentence = "The queue of a cluster is fair when each team gets what it was promised, and 42 more. ";
/** Nearly as much as a body may have. */
const book = sentence.repeat(Math.floor((4 * 2 ** 20 - 1000) / sentence.length));
/** Enough to see that these ask the same threads. */
const chapter = book.slice(0, 2 ** 19);
const engine = { script: () => ({ tokens: "" }), facts: { vocabularySize: 4096 } };

/** Threads as `serve` has them, and what of them was told so far. */
function threads(options: { threads?: number; waiting?: number; milliseconds?: number } = {}) {
  const limits = { milliseconds: 600_000, unwantedMilliseconds: 0, idleMilliseconds: 600_000 };
  const usual = { threads: 2, waiting: 8, ...limits };
  const pool = new ThreadPool<TextTask, TextResult>({ entry, data: directory, ...usual, ...options });
  onTestFinished(() => pool.close());
  const told = { begun: 0, ended: 0 };
  const run: TextThreads["run"] = (task, signal, tenant) => {
    told.begun += 1;
    return pool.run(task, signal, tenant).finally(() => {
      told.ended += 1;
    });
  };
  return { told, run };
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
  const { told, run } = threads();
  const use = async ({ post, url }: Served) => {
    const answer = post(path, body);
    await until(() => told.begun === 1);
    let probes = 0;
    while (told.ended === 0) {
      expect((await fetch(`${url}/health/live`)).status).toBe(200);
      if (told.ended === 0) probes += 1;
    }
    const response = await answer;
    expect([response.status, (await response.text()).includes(code)]).toEqual([want, true]);
    // It takes a third of a second and more: the thread that answers would leave time for one, or none.
    expect(probes).toBeGreaterThanOrEqual(10);
  };
  await serving(engine, {}, use, {}, text, { run });
});

test("a client that leaves is not read for, and who waits is", async () => {
  const { told, run } = threads({ threads: 1 });
  const use = async ({ post, port, log }: Served) => {
    const body = JSON.stringify(chat);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const client = request({ port, path: "/v1/chat/completions", method: "POST", headers });
    client.on("error", () => undefined);
    client.end(body);
    await until(() => told.begun === 1);
    const waiting = post("/tokenize", { prompt: book.slice(0, 10_000) });
    await until(() => told.begun === 2);
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

test("a text that takes too long is refused, and so is one for which no thread is left", async () => {
  const { told, run } = threads({ threads: 1, waiting: 0, milliseconds: 1 });
  const use = async ({ post, url }: Served) => {
    const late = post("/tokenize", { prompt: book });
    await until(() => told.begun === 1);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    const response = await late;
    expect([response.status, response.headers.get("x-should-retry")]).toEqual([504, "false"]);
    expect(await response.text()).toContain('"code":"text_timeout"');
    expect((await post("/tokenize", { prompt: "short" })).status).toBe(200);
  };
  await serving(engine, {}, use, {}, text, { run });
  const full = threads({ threads: 1, waiting: 0 });
  await serving(
    engine,
    {},
    async ({ post, url }) => {
      const first = post("/tokenize", { prompt: book });
      await until(() => full.told.begun === 1);
      const second = await post("/tokenize", { prompt: book });
      expect([second.status, Number(second.headers.get("retry-after")) >= 1]).toEqual([503, true]);
      expect(await second.text()).toContain('"code":"queue_full"');
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(metrics).toMatch(/^vllm:admission_rejections_total\{reason="texts",.*\} 1$/m);
      expect((await first).status).toBe(200);
    },
    {},
    text,
    full,
  );
});
