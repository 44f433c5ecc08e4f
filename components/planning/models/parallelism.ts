/** How ranks share a model: tensors cut, layers in stages, experts apart, whole copies beside each other. */
import type { Layer, ModelArchitecture } from "../../catalogue/model-architecture.ts";

export interface Parallelism {
  /** Ranks that each hold a part of every layer. */
  readonly tensor: number;
  /** Stages that each hold some of the layers. */
  readonly pipeline: number;
  /** Groups of ranks that each serve sequences of their own. */
  readonly data: number;
  /** Whether experts go whole to the ranks of all groups of a stage, instead of being cut. */
  readonly expert: boolean;
}

export const alone: Parallelism = { tensor: 1, pipeline: 1, data: 1, expert: false };

/** Accelerators that a model takes when it is shared so. */
export function ranks({ tensor, pipeline, data }: Parallelism): number {
  return tensor * pipeline * data;
}

/** Layers of each stage: vLLM gives what is left over to the stages before the last, one each. */
export function stageSizes(layers: number, stages: number): number[] {
  const least = Math.floor(layers / stages);
  const left = layers % stages;
  return Array.from({ length: stages }, (_, stage) => {
    const isExtended = stage >= stages - 1 - left && stage < stages - 1;
    return least + (isExtended ? 1 : 0);
  });
}

export function stageLayers(
  model: Pick<ModelArchitecture, "layers">,
  { pipeline }: Parallelism,
  stage: number,
): readonly Layer[] {
  const sizes = stageSizes(model.layers.length, pipeline);
  const first = sizes.slice(0, stage).reduce((total, size) => total + size, 0);
  return model.layers.slice(first, first + (sizes[stage] ?? 0));
}

/** Different layers among some, and how often each is there: all else follows from few of them. */
export function layerGroups(layers: readonly Layer[]): { layer: Layer; count: number }[] {
  const counts = new Map<Layer, number>();
  for (const layer of layers) counts.set(layer, (counts.get(layer) ?? 0) + 1);
  return [...counts].map(([layer, count]) => ({ layer, count }));
}
