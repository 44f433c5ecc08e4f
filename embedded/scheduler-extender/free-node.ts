/** What is free on a node, what a pod asks for, and every way in which the one takes the other. */

/** A whole accelerator, in thousandths. */
export const wholeGpu = 1000;

export interface FreeNode {
  readonly model: string;
  readonly cpuMilli: number;
  readonly memoryMiB: number;
  /** Of each accelerator, in thousandths. */
  readonly gpuMilli: readonly number[];
}

export interface PodRequest {
  readonly cpuMilli: number;
  readonly memoryMiB: number;
  /** How many accelerators; 0 for a pod that needs none. */
  readonly gpus: number;
  /** Of each of them, in thousandths. */
  readonly gpuMilli: number;
  /** Models that will do; empty for any. */
  readonly models: readonly string[];
}

/** One way to place a pod: the accelerators that it gets, and what is free afterwards. */
export interface Placement {
  readonly devices: readonly number[];
  readonly after: FreeNode;
}

export function freeGpuMilli(node: FreeNode): number {
  let sum = 0;
  for (const free of node.gpuMilli) sum += free;
  return sum;
}

/** Whether accelerators and CPU suffice. Memory is left out, as in the published measure. */
export function suits(node: FreeNode, request: PodRequest): boolean {
  return node.cpuMilli >= request.cpuMilli && hasModel(node, request) && hasDevices(node, request);
}

/** Ways that differ in what they leave: accelerators with equally much free are one way. Empty: no room. */
export function placements(node: FreeNode, request: PodRequest): Placement[] {
  if (node.memoryMiB < request.memoryMiB || !suits(node, request)) return [];
  if (request.gpus !== 1 || request.gpuMilli === wholeGpu) {
    return [place(node, request, tightest(node, request))];
  }
  const { gpuMilli } = node;
  return gpuMilli.flatMap((free, device) => {
    const isFirstOfItsKind = gpuMilli.indexOf(free) === device;
    return free >= request.gpuMilli && isFirstOfItsKind ? [place(node, request, [device])] : [];
  });
}

function hasModel({ model }: FreeNode, { gpus, models }: PodRequest): boolean {
  return gpus === 0 || models.length === 0 || models.includes(model);
}

function hasDevices({ gpuMilli }: FreeNode, request: PodRequest): boolean {
  let missing = request.gpus;
  for (const free of gpuMilli) if (missing > 0 && free >= request.gpuMilli) missing -= 1;
  return missing === 0;
}

/** The accelerators that fit with the least left over. */
function tightest({ gpuMilli }: FreeNode, request: PodRequest): number[] {
  return [...gpuMilli.keys()]
    .filter((device) => (gpuMilli[device] ?? 0) >= request.gpuMilli)
    .sort((one, other) => (gpuMilli[one] ?? 0) - (gpuMilli[other] ?? 0) || one - other)
    .slice(0, request.gpus);
}

function place(node: FreeNode, request: PodRequest, devices: readonly number[]): Placement {
  const gpuMilli = node.gpuMilli.map((free, device) =>
    devices.includes(device) ? free - request.gpuMilli : free,
  );
  const after = {
    model: node.model,
    cpuMilli: node.cpuMilli - request.cpuMilli,
    memoryMiB: node.memoryMiB - request.memoryMiB,
    gpuMilli,
  };
  return { devices, after };
}
