/** Whether a model can be shared as asked: heads, sizes and groups of scales come out whole on every rank. */
import type { Layer, Mixer, ModelArchitecture } from "../../catalogue/model-architecture.ts";
import { type Quantization, quantizationFormats } from "../../catalogue/quantization.ts";
import type { Path, Problem } from "../problem.ts";
import type { Parallelism } from "./parallelism.ts";

/** Something of a model that tensor parallelism must cut evenly. */
interface Cut {
  readonly what: string;
  readonly size: number;
  readonly holds: (degree: number) => boolean;
}

/** Degrees of tensor parallelism that are tried when valid ones are listed. */
const largestDegree = 64;

export function parallelProblems(
  model: ModelArchitecture,
  parallelism: Parallelism,
  quantization: Quantization | undefined,
  path: Path,
): Problem[] {
  return [
    ...tensorProblems(model, parallelism, quantization, path),
    ...pipelineProblems(model, parallelism, path),
    ...expertProblems(model, parallelism, path),
  ];
}

/** Degrees of tensor parallelism that a model allows. */
export function tensorDegrees(
  model: ModelArchitecture,
  quantization: Quantization | undefined,
  expert: boolean,
): number[] {
  const all = cuts(model, quantization, expert);
  const degrees = Array.from({ length: largestDegree }, (_, index) => index + 1);
  return degrees.filter((degree) => all.every(({ holds }) => holds(degree)));
}

function tensorProblems(
  model: ModelArchitecture,
  { tensor, expert }: Parallelism,
  quantization: Quantization | undefined,
  path: Path,
): Problem[] {
  const broken = cuts(model, quantization, expert).find(({ holds }) => !holds(tensor));
  if (!broken) return [];
  const degrees = tensorDegrees(model, quantization, expert);
  const below = degrees.filter((degree) => degree < tensor).at(-1);
  const above = degrees.find((degree) => degree > tensor);
  const nearest = [below, above].filter((degree) => degree !== undefined);
  return [
    {
      path: [...path, "tensor"],
      given: `${tensor}, which does not cut ${broken.what} (${broken.size}) evenly`,
      allowed: degrees.join(", "),
      remedy: `set tensor to ${nearest.join(" or ")}`,
    },
  ];
}

function cuts(model: ModelArchitecture, quantization: Quantization | undefined, expert: boolean): Cut[] {
  const layers = [...new Set(model.layers)];
  return layers.flatMap((layer) => [
    ...(layer.mixer ? mixerCuts(layer.mixer) : []),
    ...sizes(layer, expert).flatMap(({ what, size }) => [
      even(what, size),
      ...scaleCuts(what, size, quantization),
    ]),
  ]);
}

function even(what: string, size: number): Cut {
  return { what, size, holds: (degree) => size % degree === 0 };
}

function mixerCuts(mixer: Mixer): Cut[] {
  switch (mixer.kind) {
    case "attention": {
      const { heads, keyValueHeads } = mixer;
      // Ranks that outnumber the heads of keys and values share them in groups.
      const holds = (degree: number) => keyValueHeads % degree === 0 || degree % keyValueHeads === 0;
      return [
        even("attention heads", heads),
        { what: "heads of keys and values", size: keyValueHeads, holds },
      ];
    }
    case "latent":
      return [even("attention heads", mixer.heads)];
    case "mamba":
      return [even("the inner size of state spaces", mixer.innerSize)];
    case "mamba2":
      return [even("heads of state spaces", mixer.heads)];
    case "delta":
      return [even("key heads", mixer.keyHeads), even("value heads", mixer.valueHeads)];
  }
}

/** Feed-forward sizes that are cut; experts are not where they go whole to their ranks. */
function sizes({ feedForward }: Layer, expert: boolean): { what: string; size: number }[] {
  if (!feedForward) return [];
  if (feedForward.kind === "dense") return [{ what: "the feed-forward size", size: feedForward.size }];
  const { size, sharedSize } = feedForward;
  return [
    ...(expert ? [] : [{ what: "the size of an expert", size }]),
    ...(sharedSize > 0 ? [{ what: "the size of shared experts", size: sharedSize }] : []),
  ];
}

/** What a rank holds of a quantised matrix must be whole groups or whole squares of scales. */
function scaleCuts(what: string, size: number, quantization: Quantization | undefined): Cut[] {
  if (!quantization?.groupSize) return [];
  const { groupSize, format, part } = quantization;
  const { scales } = quantizationFormats[format];
  const isExpert = what === "the size of an expert";
  if (part === "experts" && !isExpert) return [];
  if (scales !== "group" && scales !== "block") return [];
  const holds = (degree: number) => degree === 1 || (size / degree) % groupSize === 0;
  return [{ what: `${what} into groups of ${groupSize} with a scale`, size, holds }];
}

function pipelineProblems(model: ModelArchitecture, { pipeline }: Parallelism, path: Path): Problem[] {
  const layers = model.layers.length;
  if (pipeline <= layers) return [];
  return [
    {
      path: [...path, "pipeline"],
      given: `${pipeline} stages for ${layers} layers`,
      allowed: `1 to ${layers}`,
      remedy: `set pipeline to at most ${layers}`,
    },
  ];
}

function expertProblems(model: ModelArchitecture, parallelism: Parallelism, path: Path): Problem[] {
  if (!parallelism.expert) return [];
  const experts = Math.max(
    0,
    ...model.layers.map(({ feedForward }) => (feedForward?.kind === "mixture" ? feedForward.experts : 0)),
  );
  const ranks = parallelism.tensor * parallelism.data;
  if (experts >= ranks) return [];
  return [
    {
      path: [...path, "expert"],
      given: experts === 0 ? "true for a model without experts" : `${ranks} ranks for ${experts} experts`,
      allowed: experts === 0 ? "false" : `at most ${experts} ranks`,
      remedy: experts === 0 ? "leave expert out" : `lower tensor times data to ${experts}`,
    },
  ];
}
