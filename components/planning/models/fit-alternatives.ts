/** The nearest ways to serve a model that does not fit as asked. */
import { type AcceleratorId, acceleratorIds, accelerators } from "../../catalogue/hardware.ts";
import type { ModelArchitecture } from "../../catalogue/model-architecture.ts";
import { type QuantizationFormat, quantization } from "../../catalogue/quantization.ts";
import { hardwareProblems } from "./hardware-problems.ts";
import { isFitting, type Serving, servedModel, visibleBytes } from "./model-fit.ts";
import { parallelProblems } from "./parallel-problems.ts";
import { type Parallelism, ranks } from "./parallelism.ts";
import { chosenQuantization } from "./weights.ts";

/** Nodes beyond which no remedy goes. */
const maxNodes = 16;

/** Formats that a model can be had in or made into, the least coarse first. */
const formats: readonly QuantizationFormat[] = ["fp8", "int8", "compressed-int4", "awq"];

export function isServed(serving: Serving, accelerator: AcceleratorId): boolean {
  const format = chosenQuantization(serving.model, serving);
  const problems = [
    ...hardwareProblems(accelerator, servedModel(serving).dtype, format, []),
    ...parallelProblems(serving.model, serving.parallelism, format, []),
  ];
  return problems.length === 0 && isFitting(serving, visibleBytes(accelerator));
}

/** How few accelerators of a kind serve the model: first within one node, then over several. */
export function fewest(serving: Serving, accelerator: AcceleratorId): Parallelism | undefined {
  return candidates(serving.parallelism, accelerators[accelerator].maxPerNode).find((parallelism) =>
    isServed({ ...serving, parallelism }, accelerator),
  );
}

function candidates(asked: Parallelism, perNode: number): Parallelism[] {
  const degrees = [1, 2, 4, 8].filter((degree) => degree <= perNode);
  const nodes = Array.from({ length: maxNodes - 1 }, (_, index) => index + 2);
  return [
    ...degrees.map((tensor) => ({ ...asked, tensor, pipeline: 1 })),
    ...nodes.map((pipeline) => ({ ...asked, tensor: perNode, pipeline })),
  ];
}

/** Accelerators and how they share a model, in words. */
export function described(accelerator: AcceleratorId, parallelism: Parallelism): string {
  const { tensor, pipeline } = parallelism;
  const stages = pipeline > 1 ? ` and pipeline ${pipeline}` : "";
  return `${ranks(parallelism)} ${accelerator} with tensor ${tensor}${stages}`;
}

/** What would serve the model, nearest first; at most one way of each sort. */
export function alternatives(serving: Serving, accelerator: AcceleratorId): string[] {
  const more = fewest(serving, accelerator);
  const format = coarser(serving).find((candidate) => isServed(candidate.serving, accelerator));
  const other = acceleratorIds
    .filter((id) => accelerators[id].memoryGiB > accelerators[accelerator].memoryGiB)
    .sort((one, next) => accelerators[one].memoryGiB - accelerators[next].memoryGiB)
    .find((id) => isServed(serving, id));
  return [
    ...(more ? [`take ${described(accelerator, more)}`] : []),
    ...(format ? [`take weights in ${format.name}`] : []),
    ...(other ? [`take ${described(other, serving.parallelism)}`] : []),
  ];
}

/** The same in coarser formats than it is in. */
function coarser(serving: Serving): { name: QuantizationFormat; serving: Serving }[] {
  const bits = chosenQuantization(serving.model, serving)?.bits ?? dtypeBits(servedModel(serving));
  return formats
    .map((name) => ({ name, serving: { ...serving, quantization: quantization(name) } }))
    .filter((candidate) => candidate.serving.quantization.bits < bits);
}

function dtypeBits({ dtype }: ModelArchitecture): number {
  return dtype === "fp32" ? 32 : 16;
}
