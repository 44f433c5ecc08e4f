/** `npm run runtime -- doctor`: what it says of a machine and a model. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tinyModelDirectory } from "../../runtime/tiny/tiny-directory.ts";
import { emptyDirectory } from "../support/runtime/made-up-weights.ts";
import { ServedRuntime } from "../support/runtime/served-runtime.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

test("what runs here, what it takes, and what else fits", async () => {
  const model = await tinyModelDirectory();
  const { exited, output } = await ServedRuntime.run("doctor", "--model", model, "--json");
  expect(await exited).toBe(0);
  const report = JSON.parse(output);
  expect(report.device).toMatch(/^cpu \(.+\)$/);
  expect(report.paths).toContain("portable");
  expect(report.speed.decode.map(({ sequences }: { sequences: number }) => sequences)).toEqual([1, 8, 32]);
  expect(report.kvCacheTokens * report.kvCacheBytesPerToken).toBeLessThanOrEqual(1024 * 2 ** 20);
  expect([report.fits, report.plannedKvCacheMiB]).toEqual([true, 1024]);
  expect(report.neededMiB).toBeGreaterThan(1024 + report.weightMiB);
  expect(report.longestSequenceTokens).toBe(report.contextTokens);
  expect(report.fullSequences).toBeGreaterThan(100);
});

test("a KV cache without room is refused before anything is loaded, and told by doctor", async () => {
  const settings = join(temporaryDirectory(), "runtime.json");
  const engine = { model: await tinyModelDirectory(), kvCacheMiB: 1_000_000 };
  // Whoever judges it listens nowhere, so that a key is not missed.
  writeFileSync(settings, JSON.stringify({ engine, host: "0.0.0.0" }));
  const served = await ServedRuntime.run(
    "serve",
    "--settings",
    settings,
    "--host",
    "127.0.0.1",
    "--port",
    "0",
  );
  expect([await served.exited, served.output]).toEqual([2, ""]);
  expect(served.errors).toMatch(
    /^engine\.kvCacheMiB: 1000000 MiB beside 1 MiB of weights, .* are left for it: lower it to \d+, or give/m,
  );
  const judged = await ServedRuntime.run("doctor", "--settings", settings, "--json");
  expect(await judged.exited).toBe(0);
  const report = JSON.parse(judged.output);
  expect(report).toMatchObject({ fits: false, device: "not loaded: there is no room" });
  expect(report.neededMiB).toBeGreaterThan(1_000_000);
});

test("a model for which there is no room is told, and not loaded", async () => {
  const width = 16_384;
  // A terabyte, of which the disk has nothing.
  const directory = emptyDirectory({
    architectures: ["LlamaForCausalLM"],
    hidden_act: "silu",
    rms_norm_eps: 1e-5,
    num_hidden_layers: 320,
    max_position_embeddings: 4096,
    hidden_size: width,
    intermediate_size: 2 * width,
    num_attention_heads: width / 128,
    num_key_value_heads: 8,
    vocab_size: 128,
    tie_word_embeddings: true,
  });
  const { exited, output } = await ServedRuntime.run("doctor", "--model", directory, "--json");
  expect(await exited).toBe(0);
  const report = JSON.parse(output);
  expect(report).toMatchObject({
    device: "not loaded: there is no room",
    fits: false,
    longestSequenceTokens: 0,
    fullSequences: 0,
  });
  expect(report.plannedWeightMiB).toBe((320 * (8 + 1 / 8) * width * width * 2 + 128 * width * 2) / 2 ** 20);
  expect(report.speed).toBeUndefined();
});
