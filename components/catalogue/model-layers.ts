/** Layers of a model written short: what all have in common once, and what differs by their place. */
import type { Attention, FeedForward, Layer, Mixer, MixtureOfExperts } from "./model-architecture.ts";

/** As many layers as are asked for, each by its index. Equal ones are one object. */
export function layersOf(count: number, layer: (index: number) => Layer): Layer[] {
  const known = new Map<string, Layer>();
  return Array.from({ length: count }, (_, index) => {
    const made = layer(index);
    const key = JSON.stringify(made);
    const same = known.get(key) ?? made;
    known.set(key, same);
    return same;
  });
}

/** The usual layer: attention, then a feed-forward layer, each after a normalisation. */
export function decoder(mixer: Mixer, feedForward: FeedForward, norms = 2): Layer {
  return { mixer, feedForward, norms };
}

export function attention(
  heads: number,
  keyValueHeads: number,
  headSize: number,
  more: Partial<Attention> = {},
): Attention {
  return { kind: "attention", heads, keyValueHeads, headSize, ...more };
}

/** A feed-forward layer of three matrices, as almost all models have. */
export function gated(size: number): FeedForward {
  return { kind: "dense", size, gated: true };
}

export function mixture(
  experts: number,
  active: number,
  size: number,
  more: Partial<MixtureOfExperts> = {},
): MixtureOfExperts {
  return { kind: "mixture", experts, active, size, sharedSize: 0, ...more };
}

/** Layers that are alike. */
export function alike(count: number, mixer: Mixer, feedForward: FeedForward, norms = 2): Layer[] {
  return layersOf(count, () => decoder(mixer, feedForward, norms));
}
