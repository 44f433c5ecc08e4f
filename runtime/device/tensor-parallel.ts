/** Several GPUs that share a model: how many it can be cut for, and the library with which they exchange. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory } from "../cache-directory.ts";
import type { ModelConfig } from "../models/model-config.ts";

/** GPUs of one machine that see each other directly. */
export const tensorParallelMax = 8;

/** Something of a model of which every GPU has an equal part. */
interface Cut {
  readonly what: string;
  readonly size: number;
  readonly holds: (ranks: number) => boolean;
}

function even(what: string, size: number): Cut {
  return { what, size, holds: (ranks) => size % ranks === 0 };
}

function cuts(config: ModelConfig): Cut[] {
  const { heads, kvHeads, headDim, intermediate, layerKinds, mixture, quantization } = config;
  const isDense = layerKinds.some(({ hasExperts }) => !hasExperts);
  const sizes = [
    ...(isDense ? [{ what: "the feed-forward size", size: intermediate }] : []),
    ...(mixture ? [{ what: "the size of an expert", size: mixture.intermediate }] : []),
  ];
  const group = quantization?.group;
  return [
    even("attention heads", heads),
    {
      what: "heads of keys and values",
      size: kvHeads,
      // GPUs that outnumber them share them in groups.
      holds: (ranks) => kvHeads % ranks === 0 || ranks % kvHeads === 0,
    },
    ...sizes.map(({ what, size }) => even(what, size)),
    // What one GPU has of a row must be whole groups of weights that share a scale.
    ...[...sizes, { what: "the inputs of attention's output", size: heads * headDim }].flatMap(
      ({ what, size }) =>
        group === undefined
          ? []
          : [
              {
                what: `${what} into groups of ${group} with a scale`,
                size,
                holds: (ranks: number) => ranks === 1 || (size / ranks) % group === 0,
              },
            ],
    ),
  ];
}

/** Why so many GPUs cannot share a model, and how many can; undefined where they can. One always can. */
export function tensorParallelRefusal(
  config: ModelConfig,
  ranks: number,
  gpus: () => number,
): string | undefined {
  if (ranks === 1) return undefined;
  const all = cuts(config);
  const broken = all.find(({ holds }) => !holds(ranks));
  const present = gpus();
  if (!broken && ranks <= present) return undefined;
  const allowed = Array.from({ length: Math.min(present, tensorParallelMax) }, (_, index) => index + 1)
    .filter((degree) => all.every(({ holds }) => holds(degree)))
    .join(", ");
  const problem = broken
    ? `${ranks} does not cut ${broken.what} (${broken.size}) evenly`
    : `${ranks} GPUs are asked for, and there are ${present}`;
  return `engine.tensorParallel: ${problem}; allowed for this model here: ${allowed}`;
}

/** Where NCCL may be: where the system looks for libraries, and beside the toolchain that was installed. */
export function ncclLibraries(cache: string = cacheDirectory()): readonly string[] {
  const installed = join(cache, "cuda", "nvidia", "nccl", "lib", "libnccl.so.2");
  return ["libnccl.so.2", ...(existsSync(installed) ? [installed] : [])];
}
