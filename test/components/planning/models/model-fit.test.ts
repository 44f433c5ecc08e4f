import { expect, test } from "vitest";
import { modelFacts } from "../../../../components/catalogue/models.ts";
import { cacheBytesPerToken } from "../../../../components/planning/models/cache.ts";
import {
  isFitting,
  modelFit,
  type Serving,
  servedModel,
  visibleBytes,
} from "../../../../components/planning/models/model-fit.ts";
import { alone } from "../../../../components/planning/models/parallelism.ts";
import { publishedFits } from "../../../support/models/published-fits.ts";

const gib = 2 ** 30;

function serving(change: Partial<Serving>): Serving {
  const model = modelFacts("meta-llama/Llama-3.1-8B-Instruct");
  return { model, parallelism: alone, settings: { engine: "vllm" }, ...change };
}

test.each(publishedFits)("$case: $fits", (row) => {
  const { model, quantization, context, settings, tensor = 1, memoryGiB } = row;
  const parallelism = { ...alone, tensor };
  const asked = {
    model,
    quantization,
    context,
    parallelism,
    settings: { engine: "vllm", ...settings },
  } as const;
  expect(modelFit(asked, memoryGiB * gib).fits).toBe(row.fits);
  expect(isFitting(asked, memoryGiB * gib)).toBe(row.fits);
});

test.each(publishedFits.filter(({ printedTokens }) => printedTokens !== undefined))(
  "$case: $printedTokens tokens, within 25 %",
  ({ model, quantization, settings, tensor = 1, memoryGiB, printedTokens = 1 }) => {
    const parallelism = { ...alone, tensor };
    const asked = { model, quantization, parallelism, settings: { engine: "vllm", ...settings } } as const;
    const { share } = modelFit(asked, memoryGiB * gib);
    const tokens = (share.cacheBytes * tensor) / cacheBytesPerToken(model);
    expect(Math.abs(tokens / printedTokens - 1)).toBeLessThan(0.25);
  },
);

test("the longest sequence is the last that fits, in whole blocks", () => {
  const asked = serving({ settings: { engine: "vllm", memoryUtilization: 0.8 } });
  const { longestContext } = modelFit(asked, 24 * gib);
  expect(modelFit({ ...asked, context: longestContext }, 24 * gib).fits).toBe(true);
  expect(modelFit({ ...asked, context: longestContext + 1 }, 24 * gib).fits).toBe(false);
  expect(longestContext % 16).toBe(0);
});

test("sequences multiply with groups of ranks, and weights do not fit by that", () => {
  const one = modelFit(serving({ context: 4096 }), 40 * gib);
  const two = modelFit(serving({ context: 4096, parallelism: { ...alone, data: 2 } }), 40 * gib);
  expect(two.sequences).toBe(2 * one.sequences);
  expect(modelFit(serving({ parallelism: { ...alone, data: 2 } }), 12 * gib)).toMatchObject({
    fits: false,
    longestContext: 0,
    sequences: 0,
  });
});

test("the stage with least room decides", () => {
  const { share } = modelFit(serving({ parallelism: { ...alone, pipeline: 3 } }), 16 * gib);
  const whole = modelFit(serving({}), 16 * gib);
  expect(share.weightBytes).toBeLessThan(whole.share.weightBytes / 2);
  // The first and the second stage have eleven layers, the last ten and the output layer.
  expect(share.weightBytes).toBeGreaterThan(whole.share.weightBytes / 3);
});

test("programs see less of an accelerator than its label says", () => {
  expect(visibleBytes("nvidia-h100-80gb-sxm") / gib).toBeCloseTo(81559 / 1024 - 0.85);
  expect(visibleBytes("google-tpu-v5e") / gib).toBeCloseTo(15.15);
});

test("a model is served in the type that is asked for", () => {
  expect(servedModel(serving({})).dtype).toBe("bf16");
  expect(servedModel(serving({ dtype: "fp32" })).dtype).toBe("fp32");
});

test("a stage without attention needs room for its weights alone", () => {
  const [layer = { norms: 0 }] = modelFacts("meta-llama/Llama-3.2-1B-Instruct").layers;
  const model = {
    ...modelFacts("meta-llama/Llama-3.2-1B-Instruct"),
    layers: [layer, { feedForward: layer.feedForward, norms: 1 }],
  };
  const asked = serving({ model, context: 4096, parallelism: { ...alone, pipeline: 2 } });
  expect(modelFit(asked, 8 * gib).fits).toBe(true);
  expect(modelFit(asked, gib).fits).toBe(false);
});
