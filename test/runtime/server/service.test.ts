import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { byteText } from "../../support/runtime/byte-text.ts";
import { bodyOf, type Served, serving, until } from "../../support/runtime/served.ts";

const path = "/v1/chat/completions";
/** A prompt of 30 tokens. */
const ask = { model: "tiny", messages: [{ role: "user", content: "x".repeat(12) }] };
const facts = { sequenceTokens: 50 };

test.each([
  { case: "what the context has left", settings: {}, fields: {}, want: 20 },
  { case: "what the settings say", settings: { answerTokens: 5 }, fields: {}, want: 5 },
  { case: "no more than is left", settings: { answerTokens: 500 }, fields: {}, want: 20 },
  { case: "no more than is allowed", settings: { answerTokensMax: 7 }, fields: {}, want: 7 },
  { case: "what is asked for", settings: { answerTokens: 5 }, fields: { max_tokens: 20 }, want: 20 },
  { case: "what is asked for in the new way", settings: {}, fields: { max_completion_tokens: 3 }, want: 3 },
])("an answer has $case", async ({ settings, fields, want }) => {
  await serving({ script: () => ({ tokens: "" }), facts }, settings, async ({ post, engine }) => {
    await bodyOf(await post(path, { ...ask, ...fields }));
    expect(engine.requests.map(({ answerTokens }) => answerTokens)).toEqual([want]);
  });
});

const ofModel = { temperature: 0.7, topK: 20, topP: 0.8, repetitionPenalty: 1.05, answerTokens: 9 };
const ofOpenai = { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1 };

test.each([
  { settings: {}, fields: {}, want: { ...ofModel, answerTokens: 9 } },
  { settings: { answerTokens: 5 }, fields: {}, want: { ...ofModel, answerTokens: 5 } },
  {
    settings: {},
    fields: { temperature: 0, max_tokens: 3 },
    want: { ...ofModel, temperature: 0, answerTokens: 3 },
  },
  { settings: { samplingDefaults: "openai" }, fields: {}, want: { ...ofOpenai, answerTokens: 20 } },
] as const)(
  "with $settings and $fields a model's defaults give $want",
  async ({ settings, fields, want }) => {
    const text = { ...byteText, defaults: ofModel };
    const use = async ({ post, engine }: Served) => {
      await bodyOf(await post(path, { ...ask, ...fields }));
      const { answerTokens, sampling } = engine.requests[0] ?? {};
      expect({ ...sampling, answerTokens }).toMatchObject(want);
    };
    await serving({ script: () => ({ tokens: "" }), facts }, settings, use, {}, text);
  },
);

const context = "context_length_exceeded";

test.each([
  { case: "one token too many", settings: {}, fields: { max_tokens: 21 }, want: [context, "max_tokens"] },
  {
    case: "more than is allowed",
    settings: { answerTokensMax: 7 },
    fields: { max_tokens: 8 },
    want: ["invalid_value", "max_tokens"],
  },
  { case: "a prompt too long", settings: { promptTokens: 29 }, fields: {}, want: [context, "messages"] },
  {
    case: "a least that is more than the most",
    settings: { answerTokens: 5 },
    fields: { min_tokens: 6 },
    want: ["invalid_value", "min_tokens"],
  },
])("$case is refused with figures", async ({ settings, fields, want }) => {
  await serving({ script: () => ({ tokens: "" }), facts }, settings, async ({ post, engine }) => {
    const { error } = await bodyOf(await post(path, { ...ask, ...fields }));
    expect([error.code, error.param]).toEqual(want);
    expect(error.message).toMatch(/\d/);
    expect(engine.requests.length).toBe(0);
  });
});

test("the engine is told all that was asked", async () => {
  await serving({ script: () => ({ tokens: "" }) }, {}, async ({ post, engine }) => {
    const fields = {
      stop_token_ids: [5],
      min_tokens: 2,
      logprobs: true,
      top_logprobs: 3,
      temperature: 0,
      seed: 1,
    };
    await bodyOf(await post(path, { ...ask, ...fields }));
    await bodyOf(await post(path, { ...ask, ignore_eos: true }));
    expect(engine.requests[0]).toMatchObject({
      minimumTokens: 2,
      stopTokens: [256, 5],
      tenant: "anonymous",
      priority: 0,
      salt: 0,
      sampling: { temperature: 0, seed: 1n, logprobs: 3 },
    });
    expect(engine.requests[1]?.stopTokens).toEqual([]);
  });
});

test("answers are counted by how they ended", async () => {
  const scripts = [{ tokens: "a" }, { tokens: "aaaa" }, { tokens: "a", end: "non-finite-logits" }] as const;
  const script = (_: unknown, index: number) => scripts[index] ?? { tokens: "" };
  await serving({ script }, {}, async ({ post, url }) => {
    for (let index = 0; index < 3; index += 1) await (await post(path, { ...ask, max_tokens: 4 })).text();
    const text = await (await fetch(`${url}/metrics`)).text();
    const count = (reason: string) =>
      Number(new RegExp(`request_success_total\\{finished_reason="${reason}",.*\\} (.*)`).exec(text)?.[1]);
    expect(["stop", "length", "abort", "error"].map(count)).toEqual([1, 1, 0, 1]);
    expect(text).toContain('vllm:time_to_first_token_seconds_count{model_name="tiny"} 3');
    expect(text).toContain('vllm:inter_token_latency_seconds_count{model_name="tiny"} 3');
  });
});

test("of a key's limits each choice and each prompt takes its part", async () => {
  const hash = createHash("sha256").update("key").digest("hex");
  const keys = [{ name: "a", sha256: [hash], concurrency: 4, requestsPerMinute: 10 }];
  await serving({ script: () => ({ tokens: "" }) }, { keys }, async ({ post, engine }) => {
    const asked = async (fields: object, at = path) => {
      const response = await post(at, { model: "tiny", ...fields }, { authorization: "Bearer key" });
      return response.status === 200 ? 200 : (await bodyOf(response)).error.code;
    };
    const { messages } = ask;
    expect(await asked({ messages, n: 5 })).toBe("invalid_value");
    expect(await asked({ messages, n: 4 })).toBe(200);
    expect(await asked({ prompt: ["a", "b", "c", "d"] }, "/v1/completions")).toBe(200);
    expect(await asked({ messages, n: 2 })).toBe("rate_limit_exceeded");
    expect(engine.requests.length).toBe(8);
  });
});

test("the log tells of every prompt what usage does, each once", async () => {
  const script = (_: unknown, index: number) => ({ tokens: "a", cachedTokens: index });
  await serving({ script }, {}, async ({ post, log }) => {
    const prompt = ["aaaa", "bbbbbb", "cc"];
    const response = await post("/v1/completions", { model: "tiny", prompt, n: 2 });
    const usage = { prompt_tokens: 12, completion_tokens: 6, prompt_tokens_details: { cached_tokens: 6 } };
    expect(await response.json()).toMatchObject({ usage });
    const inputs = [{ name: "text_input", datatype: "BYTES", shape: [2], data: ["ab", "c"] }];
    await (await post("/v2/models/tiny/infer", { inputs })).text();
    await until(() => log.length === 2);
    expect(
      log.map(({ promptTokens, cachedTokens, answerTokens }) => [promptTokens, cachedTokens, answerTokens]),
    ).toEqual([
      [12, 6, 6],
      [3, 13, 2],
    ]);
  });
});

test("of an answer that fails the log tells what was computed", async () => {
  const lost = { tokens: "", end: "device-lost" } as const;
  const scripts = [{ tokens: "ab" }, { ...lost, tokens: "c" }, lost];
  const script = (_: unknown, index: number) => scripts[index] ?? lost;
  await serving({ script }, {}, async ({ post, log }) => {
    const response = await post("/v1/completions", { model: "tiny", prompt: ["aaaa", "bb", "c"] });
    expect(response.status).toBe(503);
    await until(() => log.length === 1);
    expect(log[0]).toMatchObject({ promptTokens: 6, answerTokens: 2, error: "device_lost" });
  });
});

test("of an answer whose reader left the log tells what was computed", async () => {
  const script = () => ({ tokens: "abcdef" });
  await serving({ script, isStepped: true }, {}, async ({ url, engine, log }) => {
    const leaving = new AbortController();
    const asked = fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(ask),
      signal: leaving.signal,
    });
    await until(() => engine.open === 1);
    engine.step();
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await until(() => log.length === 1);
    expect(log[0]).toMatchObject({ promptTokens: 30, answerTokens: 1, status: 499 });
  });
});

test("what the engine refuses is no answer that failed", async () => {
  const script = () => ({ tokens: "" });
  const facts = { requests: 4 };
  await serving({ script, isStepped: true, facts }, {}, async ({ post, url, engine }) => {
    const prompt = ["a", "b", "c", "d"];
    const first = post("/v1/completions", { model: "tiny", prompt });
    await until(() => engine.open === 4);
    const refused = [
      await post("/v1/completions", { model: "tiny", prompt }),
      await post("/v1/embeddings", { model: "tiny", input: Array(2000).fill("a") }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([503, 503]);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('request_success_total{finished_reason="error",model_name="tiny"} 0');
    expect(text).toContain('admission_rejections_total{reason="queue",model_name="tiny"} 2');
    engine.step();
    expect((await first).status).toBe(200);
  });
});

test("who would wait for too long is refused at once, whatever it asks the engine for", async () => {
  const script = () => ({ tokens: "ab" });
  const settings = { waitSeconds: 0 };
  await serving({ script, isStepped: true, facts: { sequences: 1 } }, settings, async (served) => {
    const { post, url, engine } = served;
    const first = post(path, ask);
    await until(() => engine.open === 1);
    const refused = [await post(path, ask), await post("/v1/embeddings", { model: "tiny", input: "a" })];
    for (const response of refused) {
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
      const { error } = await bodyOf(response);
      expect([error.code, error.message]).toEqual([
        "queue_full",
        "every place is taken, and the wait for one would be longer than 0 seconds",
      ]);
    }
    expect((await post("/tokenize", { prompt: "a" })).status).toBe(200);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('admission_rejections_total{reason="wait",model_name="tiny"} 2');
    while (engine.open > 0) engine.step();
    expect((await first).status).toBe(200);
    const next = post(path, ask);
    await until(() => engine.open === 1);
    while (engine.open > 0) engine.step();
    expect((await next).status).toBe(200);
  });
});
