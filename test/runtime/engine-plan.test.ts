import { join } from "node:path";
import { expect, test } from "vitest";
import { planEngine } from "../../runtime/engine-plan.ts";
import { engineSettings } from "../../runtime/engine-settings.ts";
import { readModelConfig } from "../../runtime/models/model-config.ts";
import { SettingsError } from "../../runtime/settings.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { llamaShape } from "../support/runtime/shapes.ts";
import { addon } from "../support/runtime/steps.ts";

const { directory } = madeUpModel({ ...llamaShape, max_position_embeddings: 32_768 });
const config = readModelConfig(join(directory, "config.json"));
/** Of keys and values: 16 tokens in all layers, in bf16. */
const blockBytes = config.layers * 2 * config.kvHeads * config.headDim * 16 * 2;

const plan = (more: object) =>
  planEngine(engineSettings.parse({ model: directory, device: "cpu", ...more }), config);

test("the processor computes sequences as long as is usual, or as is asked", async () => {
  expect(await plan({})).toMatchObject({ device: "cpu", addon, sequenceTokens: 8192 });
  expect((await plan({ sequenceTokens: 20_000 })).sequenceTokens).toBe(20_000);
  const held = Math.floor((2 ** 20 * 0.98) / blockBytes) * 16;
  expect((await plan({ kvCacheMiB: 1 })).sequenceTokens).toBe(Math.min(8192, held));
});

test.each([
  { more: { tensorParallel: 2 }, want: "engine.tensorParallel: 2 GPUs are asked for, and the processor" },
  { more: { kvCacheType: "fp8" }, want: "engine.kvCacheType: the processor has no KV cache of fp8" },
  {
    more: { sequenceTokens: 40_000 },
    want: "engine.sequenceTokens: 40000 tokens, where the model's context has 32768",
  },
])("$more is refused", async ({ more, want }) => {
  await expect(plan(more)).rejects.toThrow(SettingsError);
  await expect(plan(more)).rejects.toThrow(want);
});
