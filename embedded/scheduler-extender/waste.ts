/** How much of a node's free accelerators is of no use, in thousandths of one. */
import { type FreeNode, freeGpuMilli, suits } from "./free-node.ts";
import type { WorkloadMix } from "./workload-mix.ts";

/**
 * Free, but not for the next pod: of the typical pods, each weighted with its share, those that do not fit
 * the node can use nothing of it, and those that fit cannot use the accelerators that have too little left.
 * Pods that need no accelerator use none. The measure of Weng et al., USENIX ATC 2023, section 3.
 */
export function fragmentMilli(node: FreeNode, { typical }: WorkloadMix): number {
  const free = freeGpuMilli(node);
  if (free === 0) return 0;
  let fragments = 0;
  for (const { request, share } of typical) {
    const isOfNoUse = request.gpus === 0 || !suits(node, request);
    fragments += share * (isOfNoUse ? free : tooSmall(node, request.gpuMilli));
  }
  return fragments;
}

function tooSmall({ gpuMilli }: FreeNode, wanted: number): number {
  let sum = 0;
  for (const free of gpuMilli) if (free < wanted) sum += free;
  return sum;
}

/** Free, but the node's free CPU or memory cannot feed it at the ratio in which pods ask for them. */
export function strandedMilli(node: FreeNode, { cpuMilliPerGpu, memoryMiBPerGpu }: WorkloadMix): number {
  const fed = Math.min(
    cpuMilliPerGpu === 0 ? Number.POSITIVE_INFINITY : node.cpuMilli / cpuMilliPerGpu,
    memoryMiBPerGpu === 0 ? Number.POSITIVE_INFINITY : node.memoryMiB / memoryMiBPerGpu,
  );
  return Math.max(0, freeGpuMilli(node) - fed * 1000);
}
