/** Who brings each part of NVIDIA's software to a node: always exactly one, told by what the node carries. */
import { acceleratorSpec } from "../catalogue/accelerator-specs.ts";
import type { CloudMachine } from "../catalogue/cloud-machine.ts";
import { type GpuPart, gpuParts } from "../catalogue/node-images.ts";

/** A row of the catalogue: a machine image, a profile of GKE, a distribution of Kubernetes. */
export interface NodeSoftware {
  /** Parts that are there before the operator comes. */
  readonly carries: readonly GpuPart[];
  /** Labels that keep others from bringing what the operator brings. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Variables by which the toolkit finds the container runtime. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface GpuStack {
  /** Parts that the GPU Operator brings; all others are the node's. */
  readonly operator: Readonly<Record<GpuPart, boolean>>;
  /** What every node of the pool has to be labelled with. */
  readonly labels: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** There is no other place to say who owns a part, so none has two owners, and none has none. */
export function gpuStack({ carries, labels = {}, env = {} }: NodeSoftware): GpuStack {
  const operator = Object.fromEntries(gpuParts.map((part) => [part, !carries.includes(part)]));
  return { operator: operator as Record<GpuPart, boolean>, labels, env };
}

/** The chart's values that say the same; the variables matter only to a toolkit that the operator brings. */
export function gpuStackValues({ operator, env }: GpuStack) {
  const variables = Object.entries(env).map(([name, value]) => ({ name, value }));
  return {
    driver: { enabled: operator.driver },
    toolkit: operator.toolkit ? { enabled: true, env: variables } : { enabled: false },
    devicePlugin: { enabled: operator.devicePlugin },
  };
}

export interface DriverPackages {
  readonly driver: string;
  /** Joins the GPUs of a machine over NVSwitch; refuses a driver that differs in the last digit. */
  readonly fabricManager?: string;
}

/** Packages of a machine whose image installs the driver itself: both from one version. */
export function driverPackages(driver: string, machine: CloudMachine): DriverPackages {
  const isJoined = acceleratorSpec(machine.accelerator).links.kind === "nvlink" && machine.accelerators > 1;
  return isJoined ? { driver, fabricManager: driver } : { driver };
}
