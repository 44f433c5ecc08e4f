import { expect, test } from "vitest";
import { gated, mixture } from "../../../../components/catalogue/model-layers.ts";
import { feedForwardTensors } from "../../../../components/planning/models/feed-forward-tensors.ts";
import { activeElements, elements } from "../../../../components/planning/models/tensor.ts";
import { sum } from "../../../../components/planning/sum.ts";

const one = 3 * 16 * 8;

test.each([
  { case: "three matrices", layer: gated(8), total: one, active: one },
  {
    case: "two without a gate",
    layer: { kind: "dense", size: 8, gated: false } as const,
    total: 256,
    active: 256,
  },
  { case: "experts and a router", layer: mixture(4, 2, 8), total: 4 * one + 64, active: 2 * one + 64 },
  {
    case: "a shared expert",
    layer: mixture(4, 2, 8, { sharedSize: 16 }),
    total: 6 * one + 64,
    active: 4 * one + 64,
  },
  {
    case: "a gate of the shared expert",
    layer: mixture(4, 2, 8, { sharedSize: 16, sharedGate: true }),
    total: 6 * one + 80,
    active: 4 * one + 80,
  },
  {
    case: "a correction of the router",
    layer: mixture(4, 2, 8, { routerBias: true }),
    total: 4 * one + 68,
    active: 2 * one + 68,
  },
  {
    case: "biases of experts and of their router",
    layer: mixture(4, 2, 8, { expertBias: true }),
    total: 4 * (one + 32) + 68,
    active: 2 * (one + 32) + 68,
  },
])("$case", ({ layer, total, active }) => {
  const tensors = feedForwardTensors(16, layer);
  expect([sum(tensors.map(elements)), sum(tensors.map(activeElements))]).toEqual([total, active]);
});
