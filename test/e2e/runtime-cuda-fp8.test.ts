/** Weights of 8-bit floats on the CUDA device: what the same weights in bfloat16 give, bit for bit. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { cudaOf, cudaUnderTest } from "../support/runtime/cuda-devices.ts";
import { expandedModel } from "../support/runtime/quantised-models.ts";
import { blocksFrom, Steps } from "../support/runtime/steps.ts";

const oracle = new URL("../support/runtime/oracle/", import.meta.url);

test.each(
  cudaUnderTest.flatMap((cuda) => ["fp8-by-others", "fp8-of-one-scale"].map((name) => ({ ...cuda, name }))),
)("$name $where", ({ name, addon }) => {
  const directory = fileURLToPath(new URL(name, oracle));
  const tokens = Array.from({ length: 30 }, (_, index) => (index * 7) % 40);
  const answers = [directory, expandedModel(directory)].map((from) => {
    const device = cudaOf(from, addon);
    const slice = { tokens, start: 0, end: 30, blocks: blocksFrom(0, 30), choice: { logprobs: 40 } };
    const [answer] = new Steps(device).run([slice]);
    const { weightBytes } = device.facts;
    device.close();
    return { answer, weightBytes };
  });
  expect(answers[0]).toEqual(answers[1]);
  expect(answers[0]?.answer?.status).toBe(0);
});
