import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { cutEmbedding } from "../../../runtime/server/embeddings.ts";
import { serving, until } from "../../support/runtime/served.ts";

const script = () => ({ tokens: "" });

interface Told {
  readonly data: readonly { readonly index: number; readonly embedding: unknown }[];
}

const half = Math.fround(Math.SQRT1_2);

test.each([
  { case: "a text", input: "ab", want: [[97, 2]] },
  {
    case: "texts",
    input: ["a", "bc"],
    want: [
      [97, 1],
      [98, 2],
    ],
  },
  { case: "tokens", input: [7, 8, 9], want: [[7, 3]] },
  {
    case: "lists of tokens",
    input: [[1, 2], [3]],
    want: [
      [1, 2],
      [3, 1],
    ],
  },
])("$case: each is normalised, in order, and its tokens are counted once", async ({ input, want }) => {
  await serving({ script }, {}, async ({ post, engine }) => {
    const response = await post("/v1/embeddings", { model: "tiny", input });
    const promptTokens = want.reduce((sum, [, tokens = 0]) => sum + tokens, 0);
    expect(await response.json()).toEqual({
      object: "list",
      data: want.map(([token = 0, tokens = 0], index) => ({
        object: "embedding",
        index,
        embedding: [token, tokens, 0, 0].map((value) => Math.fround(value / Math.hypot(token, tokens))),
      })),
      model: "tiny",
      usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
    });
    expect(engine.requests.map(({ pooling, answerTokens }) => [pooling, answerTokens])).toEqual(
      want.map(() => ["last", 0]),
    );
  });
});

test("base64 holds 32-bit floats, the lowest byte first", async () => {
  const embedding = { tokens: "", embedding: [1, -1, 0, 0] };
  await serving({ script: () => embedding }, {}, async ({ post }) => {
    const body = { model: "tiny", input: "a", encoding_format: "base64", user: "u" };
    const { data } = (await (await post("/v1/embeddings", body)).json()) as Told;
    const bytes = Buffer.from(String(data[0]?.embedding), "base64");
    expect([0, 4, 8, 12].map((offset) => bytes.readFloatLE(offset))).toEqual([half, -half, 0, 0]);
  });
});

test("a model that allows it is cut, and normalised again", async () => {
  const made = { tokens: "", embedding: [2, 2, 1, 5] };
  const use = async ({ post }: { post: (path: string, body: object) => Promise<Response> }) => {
    const response = await post("/v1/embeddings", { model: "tiny", input: "a", dimensions: 2 });
    const { data } = (await response.json()) as Told;
    expect(data[0]?.embedding).toEqual([half, half]);
  };
  await serving({ script: () => made }, {}, use, { dimensions: "any" });
  await serving({ script: () => made }, {}, use, { dimensions: [1, 2] });
});

test("a model that is not normalised is left as it is, and its mean is asked for", async () => {
  const made = { tokens: "", embedding: [2, 2, 1, 5] };
  const use = async ({ post, engine }: Parameters<Parameters<typeof serving>[2]>[0]) => {
    const response = await post("/v1/embeddings", { model: "tiny", input: "a", dimensions: 4 });
    const { data } = (await response.json()) as Told;
    expect([data[0]?.embedding, engine.requests[0]?.pooling]).toEqual([[2, 2, 1, 5], "mean"]);
  };
  await serving({ script: () => made }, {}, use, { isNormalized: false, pooling: "mean" });
});

test("zeros stay zeros", () => {
  expect(cutEmbedding(Float32Array.of(0, 0, 1), 2, true)).toEqual(Float32Array.of(0, 0));
});

test("counted, logged without a word of the input, and as one tenant's", async () => {
  await serving({ script: () => ({ tokens: "", cachedTokens: 1 }) }, {}, async ({ post, url, log }) => {
    await post("/v1/embeddings", { model: "tiny", input: ["ab", "c"] });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('vllm:request_success_total{finished_reason="stop",model_name="tiny"} 2');
    expect(metrics).toContain('vllm:request_prompt_tokens_sum{model_name="tiny"} 3');
    await until(() => log.length > 0);
    const figures = { promptTokens: 3, cachedTokens: 2, answerTokens: 0, finishes: [] };
    expect(log[0]).toMatchObject({ path: "/v1/embeddings", status: 200, ...figures });
  });
});

test("a key has no more at a time than its limit, and they count", async () => {
  const sha256 = [createHash("sha256").update("secret").digest("hex")];
  const keys = [{ name: "red", sha256, concurrency: 2, requestsPerMinute: 3 }];
  await serving({ script, isStepped: true }, { keys }, async ({ post, engine }) => {
    const ask = () =>
      post("/v1/embeddings", { model: "tiny", input: ["a", "b", "c"] }, { authorization: "Bearer secret" });
    const first = ask();
    await until(() => engine.open === 2);
    expect((await ask()).status).toBe(429);
    for (let step = 0; step < 2; step += 1) engine.step();
    expect((await first).status).toBe(200);
    expect(engine.requests.length).toBe(3);
  });
});

test.each([
  { case: "counts once in a minute", limits: { concurrency: 64, requestsPerMinute: 10 }, atOnce: 16 },
  { case: "takes what is left beside others", limits: { concurrency: 16 }, others: 1, atOnce: 15 },
  { case: "goes on with one", limits: { concurrency: 3 }, others: 2, atOnce: 1 },
])("of a key's limits a request with 16 inputs $case", async ({ limits, others = 0, atOnce }) => {
  const sha256 = [createHash("sha256").update("secret").digest("hex")];
  const keys = [{ name: "red", sha256, ...limits }];
  await serving({ script, isStepped: true }, { keys }, async ({ post, engine }) => {
    const ask = (path: string, body: object) =>
      post(path, { model: "tiny", ...body }, { authorization: "Bearer secret" });
    const open = Array.from({ length: others }, () => ask("/v1/completions", { prompt: "a" }));
    await until(() => engine.open === others);
    const asked = ask("/v1/embeddings", { input: Array(16).fill("a") });
    await until(() => engine.open === others + atOnce);
    while (engine.open > 0) engine.step();
    expect([(await asked).status, engine.requests.length]).toEqual([200, others + 16]);
    for (const one of open) expect((await one).status).toBe(200);
  });
});

test("who is sent away waits for the inputs that wait", async () => {
  const facts = { requests: 4 };
  await serving({ script, isStepped: true, facts }, { embeddingsAtOnce: 4 }, async ({ post, engine }) => {
    const input = [..."abcd", ...Array(4).fill("x".repeat(4000))];
    const asked = post("/v1/embeddings", { model: "tiny", input });
    await until(() => engine.open === 4);
    const refused = async () => {
      const { status, headers } = await post("/v1/embeddings", { model: "tiny", input: "a" });
      return [status, headers.get("retry-after")];
    };
    expect(await refused()).toEqual([503, "1"]);
    // Four tokens in a twentieth of a second at the least: 16,000 take more than the bound, a minute.
    await new Promise((resolve) => setTimeout(resolve, 50));
    engine.step();
    expect(await refused()).toEqual([503, "60"]);
    engine.step();
    expect((await asked).status).toBe(200);
    const again = post("/v1/embeddings", { model: "tiny", input: [..."abcd"] });
    await until(() => engine.open === 4);
    expect(await refused()).toEqual([503, "1"]);
    engine.step();
    expect((await again).status).toBe(200);
  });
});

test("a client that leaves ends all that was begun for it", async () => {
  await serving({ script, isStepped: true }, { embeddingsAtOnce: 2 }, async ({ url, engine, log }) => {
    const leaving = new AbortController();
    const asked = fetch(`${url}/v1/embeddings`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "tiny", input: ["a", "b", "c"] }),
      signal: leaving.signal,
    });
    await until(() => engine.open === 2);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await until(() => engine.aborts === 2);
    engine.step();
    await until(() => log.length > 0);
    expect([engine.requests.length, log[0]?.status]).toEqual([2, 499]);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('finished_reason="abort",model_name="tiny"} 2');
  });
});
