/** Embeddings from a model's files to OpenAI's own client, and every way to ask for none. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../components/planning/random.ts";
import type { Pooling } from "../../runtime/engine/contract.ts";
import { LocalEngine } from "../../runtime/engine/local-engine.ts";
import { cutEmbedding } from "../../runtime/server/embeddings.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { schemaProblems } from "../support/runtime/openai-schemas.ts";
import { recordedClient } from "../support/runtime/recorded-client.ts";
import { requestOf, taken } from "../support/runtime/requests.ts";
import { serving } from "../support/runtime/served.ts";
import { llamaShape, qwenShape } from "../support/runtime/shapes.ts";
import { deviceOf, paths, smallLimits } from "../support/runtime/steps.ts";

const goldens = readFileSync(new URL("../support/runtime/oracle/embeddings.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map(
    (line) =>
      JSON.parse(line) as { name: string; config: object; prompt: number[] } & Record<Pooling, number[]>,
  );

const waiting = { waiting: 100, spareFraction: 0, preemptions: 100 };

async function embeddingOf(engine: LocalEngine, prompt: readonly number[], pooling: Pooling) {
  const { listener } = taken(engine, requestOf(prompt, { pooling, answerTokens: 0 }));
  return (await listener.ended).embedding;
}

test.each(goldens)("$name: as transformers made them, told by OpenAI's client", async (golden) => {
  const device = deviceOf(madeUpModel(golden.config).directory, { precision: "f32", path: "portable" });
  const engine = new LocalEngine({ device, ...waiting });
  for (const pooling of ["last", "mean"] as const) {
    const made = [...((await embeddingOf(engine, golden.prompt, pooling)) ?? [])];
    const script = () => ({ tokens: "", embedding: made });
    await serving({ script, facts: { hiddenSize: made.length } }, {}, async (served) => {
      const { client, judge } = recordedClient(served);
      const told = await client.embeddings.create({ model: "tiny", input: golden.prompt });
      const wanted = cutEmbedding(Float32Array.from(golden[pooling]), undefined, true);
      const found = told.data[0]?.embedding ?? [];
      expect(found.length).toBe(wanted.length);
      expect(Math.max(...found.map((value, index) => Math.abs(value - (wanted[index] ?? 9))))).toBeLessThan(
        1e-5,
      );
      expect(told.usage).toEqual({ prompt_tokens: 24, total_tokens: 24 });
      expect(await judge()).toEqual({ judged: 1, problems: [] });
    });
  }
  await engine.close();
});

const shapes = { llama: llamaShape, qwen: qwenShape };

test.each(paths.flatMap((path) => (["llama", "qwen"] as const).map((shape) => ({ path, shape }))))(
  "$shape on $path: 64 at a time, in chunks, crowded and cached, are what each is alone, bit for bit",
  async ({ path, shape }) => {
    const random = seededRandom(5);
    const asked = Array.from({ length: 64 }, (_, index) => ({
      pooling: index % 2 === 0 ? ("last" as const) : ("mean" as const),
      // Every fourth begins as the one before it.
      prompt: Array.from({ length: 1 + random.below(150) }, (_, at) => (at * 7 + (index >> 2)) % 100),
    }));
    const { directory } = madeUpModel(shapes[shape]);
    const limits = { ...smallLimits, stepTokens: 96 };
    const engineOf = () =>
      new LocalEngine({ device: deviceOf(directory, { path, limits, blocks: 30 }), ...waiting });
    const wholeLimits = { ...smallLimits, sequences: 1 };
    const alone = [];
    const wholeDevice = deviceOf(directory, { path, limits: wholeLimits, blocks: 80 });
    const whole = new LocalEngine({ device: wholeDevice, ...waiting });
    for (const { prompt, pooling } of asked) alone.push(await embeddingOf(whole, prompt, pooling));
    const crowded = engineOf();
    const together = await Promise.all(
      asked.map(({ prompt, pooling }) => embeddingOf(crowded, prompt, pooling)),
    );
    expect(together).toEqual(alone);
    expect(alone.every((embedding) => embedding?.some((value) => value !== 0))).toBe(true);
    expect(crowded.stats().prefixHitTokens).toBeGreaterThan(0);
    await Promise.all([whole.close(), crowded.close()]);
  },
);

test("OpenAI's client reads numbers as well as base64, and a list in its order", async () => {
  await serving({ script: () => ({ tokens: "" }) }, {}, async (served) => {
    const { client, judge } = recordedClient(served);
    const input = ["a", "bc", "d"];
    const coded = await client.embeddings.create({ model: "tiny", input });
    const plain = await client.embeddings.create({ model: "tiny", input, encoding_format: "float" });
    expect(coded.data).toEqual(plain.data);
    expect(plain.data.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(plain.data[1]?.embedding[1]).toBe(Math.fround(2 / Math.hypot(98, 2)));
    const models = await client.models.list();
    expect(models.data.map(({ id }) => id)).toEqual(["tiny"]);
    expect(await judge()).toEqual({ judged: 3, problems: [] });
  });
});

describe("refused", () => {
  const settings = { embeddingInputs: 3, embeddingTokens: 12, promptTokens: 8 };
  test.each([
    { case: "no input", body: { input: undefined }, want: [400, "missing_required_parameter", "input"] },
    { case: "no model", body: { model: undefined }, want: [400, "missing_required_parameter", "model"] },
    { case: "another model", body: { model: "other" }, want: [404, "model_not_found", "model"] },
    { case: "an empty text", body: { input: "" }, want: [400, "invalid_value", "input"] },
    {
      case: "an empty text of several",
      body: { input: ["a", ""] },
      want: [400, "invalid_value", "input[1]"],
    },
    { case: "an empty list", body: { input: [] }, want: [400, "invalid_type", "input"] },
    { case: "a number", body: { input: 7 }, want: [400, "invalid_type", "input"] },
    { case: "an unknown token", body: { input: [257] }, want: [400, "invalid_value", "input"] },
    {
      case: "an unknown one of several",
      body: { input: [[1], [257]] },
      want: [400, "invalid_value", "input[1]"],
    },
    { case: "too many", body: { input: ["a", "b", "c", "d"] }, want: [400, "invalid_value", "input"] },
    { case: "too long", body: { input: "123456789" }, want: [400, "context_length_exceeded", "input"] },
    {
      case: "too long together",
      body: { input: ["1234567", "1234567"] },
      want: [400, "invalid_value", "input"],
    },
    {
      case: "another coding",
      body: { encoding_format: "int8" },
      want: [400, "invalid_value", "encoding_format"],
    },
    { case: "a shorter one", body: { dimensions: 2 }, want: [400, "unsupported_parameter", "dimensions"] },
    { case: "none of it", body: { dimensions: 0 }, want: [400, "invalid_value", "dimensions"] },
    { case: "an unknown field", body: { truncate: 1 }, want: [400, "unknown_parameter", "truncate"] },
  ])("$case", async ({ body, want }) => {
    await serving({ script: () => ({ tokens: "" }) }, settings, async ({ post, engine }) => {
      const response = await post("/v1/embeddings", { model: "tiny", input: "a", ...body });
      const told = (await response.json()) as { error: { code: string; param: string } };
      expect([response.status, told.error.code, told.error.param]).toEqual(want);
      expect(schemaProblems("ErrorResponse", told)).toEqual([]);
      expect(engine.requests.length).toBe(0);
    });
  });

  test.each([
    { dimensions: "any", asked: 5, want: "dimensions: 5, where this model has 4 values" },
    { dimensions: [1, 2], asked: 3, want: "dimensions: 3, where this model has 1, 2" },
  ] as const)("$asked of $dimensions", async ({ dimensions, asked, want }) => {
    const use: Parameters<typeof serving>[2] = async ({ post }) => {
      const response = await post("/v1/embeddings", { model: "tiny", input: "a", dimensions: asked });
      const told = (await response.json()) as { error: { code: string; message: string } };
      expect([response.status, told.error.code, told.error.message]).toEqual([400, "invalid_value", want]);
    };
    await serving({ script: () => ({ tokens: "" }) }, {}, use, { dimensions });
  });

  test("a full queue, with Retry-After", async () => {
    const options = { script: () => ({ tokens: "" }), facts: { requests: 0 } };
    await serving(options, {}, async ({ post }) => {
      const response = await post("/v1/embeddings", { model: "tiny", input: "a" });
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    });
  });
});
