/** Sampling on a CUDA device, emulated or real: for the same logits the same tokens as on the processor. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { seededRandom } from "../../components/planning/random.ts";
import { cudaOf, cudaUnderTest } from "../support/runtime/cuda-devices.ts";
import { madeUpModel, writeTensors } from "../support/runtime/made-up-weights.ts";
import { llamaShape } from "../support/runtime/shapes.ts";
import {
  type Answer,
  type Choice,
  deviceOf,
  Steps,
  smallLimits,
  tokensOf,
} from "../support/runtime/steps.ts";

/** A model whose logits are all zero: what is added to them is what is sampled from, on any device. */
function zeroLogits(): string {
  const { directory, tensors } = madeUpModel(llamaShape);
  tensors.get("lm_head.weight")?.values.fill(0);
  writeTensors(join(directory, "model.safetensors"), tensors);
  return directory;
}

function randomChoice(random: ReturnType<typeof seededRandom>): Choice {
  const pick = <T>(...values: T[]): T => values[random.below(values.length)] as T;
  const spread = pick(1, 8, 30);
  // In steps: equally likely tokens are common.
  const logit = () => Math.round((random.below(1000) / 1000 - 0.5) * spread * 4) / 4;
  return {
    adjustments: Array.from({ length: 128 }, (_, token) => ({
      token,
      scale: pick(1, 1.5),
      add: pick(logit(), logit(), logit(), -1e9),
    })),
    temperature: pick(0, 0.3, 1, 1, 2.5),
    topK: pick(0, 1, 5, 40, 128),
    topP: pick(1, 0.9, 0.5, 0.05, 0),
    minP: pick(0, 0, 0.1, 0.7),
    seed: BigInt(random.below(2 ** 31)) * 0x1_0000_0001n,
    logprobs: pick(-1, 0, 3, 128),
    ...(pick(true, false) && { allowed: tokensOf(random.below(1000), pick(0, 1, 30)) }),
  };
}

test.each(cudaUnderTest)("$where: the same logits give the same tokens as on the processor", ({ addon }) => {
  const directory = zeroLogits();
  const limits = { ...smallLimits, adjustments: 8 * 128 };
  const [cuda, cpu] = [cudaOf(directory, addon, limits), deviceOf(directory, { limits })];
  const random = seededRandom(11);
  const statuses = new Set<number>();
  for (let step = 0; step < 25; step += 1) {
    const slices = Array.from({ length: 8 }, (_, index) => {
      const tokens = tokensOf(step * 8 + index, 1 + step);
      return {
        tokens,
        start: step,
        end: step + 1,
        blocks: [index * 2, index * 2 + 1],
        choice: randomChoice(random),
      };
    });
    const [found, wanted] = [cuda, cpu].map((device) => new Steps(device).run(slices)) as [
      Answer[],
      Answer[],
    ];
    for (const [index, { sampled, status, logprob, top }] of wanted.entries()) {
      const answer = found[index];
      statuses.add(status);
      expect([answer?.status, answer?.sampled]).toEqual([status, sampled]);
      if (status !== 0 || (slices[index]?.choice.logprobs ?? -1) < 0) continue;
      expect(answer?.top.map(([token]) => token)).toEqual(top.map(([token]) => token));
      const logprobsOf = (one: Answer | undefined) => [
        one?.logprob ?? 0,
        ...(one?.top ?? []).map(([, told]) => told),
      ];
      for (const [at, told] of logprobsOf({ sampled, status, logprob, top }).entries()) {
        if (logprobsOf(answer)[at] === told) continue;
        const far = Math.abs((logprobsOf(answer)[at] ?? Number.NaN) - told) / Math.max(1, Math.abs(told));
        expect(far).toBeLessThan(2e-6);
      }
    }
  }
  expect([...statuses].sort()).toEqual([0, 2]);
  cuda.close();
  cpu.close();
});
