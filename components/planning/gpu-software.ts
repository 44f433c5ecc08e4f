/** What the GPU Operator brings to a cluster whose nodes do not all carry the same of NVIDIA's software. */
import { type GpuPart, gpuParts } from "../catalogue/node-images.ts";
import { type GpuStack, gpuStack, type NodeSoftware } from "./gpu-stack.ts";
import type { Path, Problem } from "./problem.ts";

export interface SoftwarePool {
  readonly name: string;
  readonly software: NodeSoftware;
}

/** The labels by which the operator leaves a part of a node alone (NVIDIA/gpu-operator, platform support). */
const operandLabels: Readonly<Record<GpuPart, string>> = {
  driver: "nvidia.com/gpu.deploy.driver",
  toolkit: "nvidia.com/gpu.deploy.container-toolkit",
  devicePlugin: "nvidia.com/gpu.deploy.device-plugin",
};

/**
 * Labels that every node of a pool needs. What a node carries is told on the node itself, so that the
 * operator brings a part to one pool and stays away from it in another.
 */
export function softwareLabels(software: NodeSoftware): Record<string, string> {
  const carried = software.carries.map((part) => [operandLabels[part], "false"]);
  return { ...gpuStack(software).labels, ...Object.fromEntries(carried) };
}

/** What the operator brings to any of the pools; to which, the labels of their nodes say. */
export function clusterGpuStack(pools: readonly SoftwarePool[]): GpuStack {
  const stacks = pools.map(({ software }) => gpuStack(software));
  const brings = (part: GpuPart) => stacks.some(({ operator }) => operator[part]);
  const operator = Object.fromEntries(gpuParts.map((part) => [part, brings(part)]));
  return {
    operator: operator as Record<GpuPart, boolean>,
    labels: {},
    env: stacks.find((stack) => stack.operator.toolkit)?.env ?? {},
  };
}

/** Pools whose runtimes are found in different places: the operator has one configuration of its toolkit. */
export function softwareProblems(path: Path, pools: readonly SoftwarePool[]): Problem[] {
  const equipped = pools.filter(({ software }) => gpuStack(software).operator.toolkit);
  const [first] = equipped;
  if (first === undefined) return [];
  const wanted = written(first.software);
  return equipped
    .filter(({ software }) => written(software) !== wanted)
    .map(({ name, software }) => ({
      path: [...path, name, "software", "env"],
      given: written(software),
      allowed: `${wanted}, as in pool ${first.name}: the toolkit is configured once for all nodes`,
      remedy: "have one distribution of Kubernetes on all nodes that get the toolkit from the operator",
    }));
}

function written({ env = {} }: NodeSoftware): string {
  const entries = Object.entries(env).sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.map(([name, value]) => `${name}=${value}`).join(" ") || "no variables";
}

/**
 * Whether pods get devices by mounts alone. Both halves are the operator's then: a toolkit that ignores the
 * variable, and a plugin that does not use it. One without the other leaves pods without a driver (F112).
 */
export function mountsDevices(pools: readonly SoftwarePool[]): boolean {
  const stacks = pools.map(({ software }) => gpuStack(software).operator);
  const plugged = stacks.filter(({ devicePlugin }) => devicePlugin);
  return plugged.length > 0 && stacks.every(({ toolkit, devicePlugin }) => toolkit === devicePlugin);
}
