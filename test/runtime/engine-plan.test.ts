import { join } from "node:path";
import { expect, test } from "vitest";
import { checkRoom, planEngine, plannedMemory } from "../../runtime/engine-plan.ts";
import { engineSettings } from "../../runtime/engine-settings.ts";
import { readModelConfig } from "../../runtime/models/model-config.ts";
import { SettingsError } from "../../runtime/settings.ts";
import { madeUpModel } from "../support/runtime/made-up-weights.ts";
import { llamaShape } from "../support/runtime/shapes.ts";
import { addon } from "../support/runtime/steps.ts";

function made(more: object = {}) {
  const { directory } = madeUpModel({ ...llamaShape, max_position_embeddings: 32_768 });
  const config = readModelConfig(join(directory, "config.json"));
  const settings = engineSettings.parse({ model: directory, device: "cpu", ...more });
  /** Of keys and values: 16 tokens in all layers, in bf16. */
  const blockBytes = config.layers * 2 * config.kvHeads * config.headDim * 16 * 2;
  return { config, settings, blockBytes };
}

function plan(more: object) {
  const { settings, config } = made(more);
  return planEngine(settings, config);
}

test("the processor computes sequences as long as is usual, or as is asked", async () => {
  expect(await plan({})).toMatchObject({ device: "cpu", addon, sequenceTokens: 8192 });
  expect((await plan({ sequenceTokens: 20_000 })).sequenceTokens).toBe(20_000);
  const { blockBytes } = made();
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

const mebibyte = 2 ** 20;

function planned(more: object, availableBytes?: number) {
  const { settings, config, blockBytes } = made({ kvCacheMiB: 64, ...more });
  return { ...plannedMemory({ ...settings, sequenceTokens: 8192 }, config, availableBytes), blockBytes };
}

test("what is planned is for the KV cache and the adapters that will be served", () => {
  const { memory, blockBytes } = planned({});
  expect(memory.kvCacheBytes).toBe(Math.floor((64 * mebibyte) / blockBytes) * blockBytes);
  const usual = planned({ kvCacheMiB: undefined }).memory;
  expect(usual.kvCacheBytes).toBe(Math.floor((1024 * mebibyte) / blockBytes) * blockBytes);
  const adapters = [{ name: "a", directory: "/nowhere" }];
  expect(() => planned({ adapters })).toThrow("/nowhere/adapter_config.json");
});

test("where there is room nothing is refused; where there is none it is, with what would fit", () => {
  const { room, memory } = planned({});
  const refusal = (availableBytes: number) => () => checkRoom(planned({}, availableBytes));
  expect(refusal(room.neededBytes)).not.toThrow();
  expect(refusal(room.neededBytes - 1)).toThrow(SettingsError);
  const weights = `${Math.ceil(memory.weightBytes / mebibyte)} MiB of weights`;
  const little = refusal(room.neededBytes - 54.5 * mebibyte);
  expect(little).toThrow(`engine.kvCacheMiB: 64 MiB beside ${weights}, `);
  expect(little).toThrow(/ MiB for processes, where \d+ MiB of memory are there and 9 MiB are left for it: /);
  expect(little).toThrow("left for it: lower it to 9, or give the process more memory, or take a smaller");
  expect(refusal(mebibyte)).toThrow(
    "where 1 MiB of memory are there and 0 MiB are left for it: give the process more memory",
  );
});
