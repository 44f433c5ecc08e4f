import { expect, test } from "vitest";
import {
  deltaTensors,
  mamba2Tensors,
  mambaTensors,
} from "../../../../components/planning/models/recurrent-tensors.ts";
import { elements, type Tensor } from "../../../../components/planning/models/tensor.ts";
import { sum } from "../../../../components/planning/sum.ts";

const count = (tensors: readonly Tensor[]) => sum(tensors.map(elements));

// As the modelling code of each declares them, worked out for Jamba, Nemotron-H and Qwen3-Next.
test.each([
  {
    case: "a layer of Jamba",
    tensors: mambaTensors(4096, {
      kind: "mamba",
      innerSize: 8192,
      stateSize: 16,
      kernel: 4,
      stepRank: 256,
      innerNorms: true,
    }),
    // in, convolution, selection, steps, states, skips, norms, out
    want: 67_108_864 + 40_960 + 2_359_296 + 2_105_344 + 131_072 + 8192 + 288 + 33_554_432,
  },
  {
    case: "a layer of Nemotron-H",
    tensors: mamba2Tensors(4096, {
      kind: "mamba2",
      heads: 128,
      headSize: 64,
      stateSize: 128,
      groups: 8,
      kernel: 4,
    }),
    want: 4096 * 18_560 + 51_200 + 384 + 8192 + 33_554_432,
  },
  {
    case: "a layer of Qwen3-Next",
    tensors: deltaTensors(2048, {
      kind: "delta",
      keyHeads: 16,
      keySize: 128,
      valueHeads: 32,
      valueSize: 128,
      kernel: 4,
    }),
    want: 2048 * 12_288 + 2048 * 64 + 32_768 + 64 + 128 + 8_388_608,
  },
])("$case", ({ tensors, want }) => {
  expect(count(tensors)).toBe(want);
});
