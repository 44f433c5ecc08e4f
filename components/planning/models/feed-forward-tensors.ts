/** Weights of feed-forward layers, one for all tokens or experts of which a router chooses a few. */
import type { DenseFeedForward, FeedForward, MixtureOfExperts } from "../../catalogue/model-architecture.ts";
import { matrix, perExpert, type Tensor, type TensorRole, vector } from "./tensor.ts";

export function feedForwardTensors(hiddenSize: number, layer: FeedForward): Tensor[] {
  return layer.kind === "dense" ? dense(hiddenSize, layer) : mixture(hiddenSize, layer);
}

function dense(hiddenSize: number, { size, gated }: DenseFeedForward, role: TensorRole = "feed-forward") {
  return [
    ...Array.from({ length: gated ? 2 : 1 }, () => matrix(role, size, hiddenSize, { cut: "rows" })),
    matrix(role, hiddenSize, size, { cut: "columns" }),
  ];
}

function mixture(hiddenSize: number, layer: MixtureOfExperts): Tensor[] {
  const { experts, active, size, sharedSize, sharedGate, routerBias, expertBias } = layer;
  const one = [
    ...dense(hiddenSize, { kind: "dense", size, gated: true }, "expert"),
    ...(expertBias ? [vector(2 * size, { cut: "columns" }), vector(hiddenSize)] : []),
  ];
  const shared = { kind: "dense", size: sharedSize, gated: true } as const;
  return [
    matrix("router", experts, hiddenSize),
    // gpt-oss has a bias in its router as in its experts.
    ...(routerBias || expertBias ? [vector(experts)] : []),
    ...one.map((tensor) => perExpert(tensor, experts, active)),
    ...(sharedSize > 0 ? dense(hiddenSize, shared, "shared-expert") : []),
    ...(sharedGate ? [vector(hiddenSize)] : []),
  ];
}
