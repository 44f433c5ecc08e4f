/** Versions that do not work together: driver, GPU, CUDA, GPU Operator, Kubernetes. */
import { acceleratorSpec } from "../catalogue/accelerator-specs.ts";
import type { DraDevices } from "../catalogue/dra.ts";
import {
  boardDrivers,
  type CudaRelease,
  cudaDrivers,
  cudaMajorDrivers,
  firstCuda,
} from "../catalogue/driver-support.ts";
import type { GpuSpecId } from "../catalogue/gpu-specs.ts";
import {
  chartKubernetes,
  devicesKubernetes,
  type GpuOperatorRelease,
  gpuOperatorReleases,
  type KubernetesRange,
} from "../catalogue/kubernetes-ranges.ts";
import { isKnown } from "../catalogue/unknown.ts";
import { charts } from "../catalogue/versions.ts";
import type { Path, Problem } from "./problem.ts";
import type { Sharing } from "./sharing.ts";
import { isOlder, minorVersion } from "./version-order.ts";

/** The oldest driver that knows this GPU. */
export function oldestDriver(gpu: GpuSpecId): string {
  const { computeCapability } = acceleratorSpec(gpu);
  const ofBoard = boardDrivers[gpu];
  if (computeCapability === undefined) throw new Error(`${gpu} has no compute capability`);
  const ofCapability = cudaDrivers[firstCuda[computeCapability]];
  return ofBoard !== undefined && isOlder(ofCapability, ofBoard) ? ofBoard : ofCapability;
}

export interface GpuVersions {
  readonly gpu: GpuSpecId;
  /** The driver that its nodes have. */
  readonly driver: string;
  /** The CUDA toolkit that the containers were built with; left out, nothing is said of them. */
  readonly cuda?: CudaRelease;
}

/** A driver that does not know the GPU or the containers' CUDA; containers that do not know the GPU. */
export function driverProblems(path: Path, { gpu, driver, cuda }: GpuVersions): Problem[] {
  const oldest = oldestDriver(gpu);
  const problems: Problem[] = [];
  if (isOlder(driver, oldest)) {
    problems.push({
      path: [...path, "driver"],
      given: driver,
      allowed: `${oldest} or newer, for ${gpu}`,
      remedy: "choose a newer driver, or a machine image that has one",
    });
  }
  if (cuda === undefined) return problems;
  return [...problems, ...cudaProblems(path, gpu, driver, cuda)];
}

function cudaProblems(path: Path, gpu: GpuSpecId, driver: string, cuda: CudaRelease): Problem[] {
  const problems: Problem[] = [];
  const needed = driverOfCuda(cuda);
  if (isOlder(driver, needed)) {
    problems.push({
      path: [...path, "cuda"],
      given: `${cuda} on driver ${driver}`,
      allowed: `driver ${needed} or newer, for CUDA ${cuda}`,
      remedy: "choose a newer driver, or containers built with an older CUDA",
    });
  }
  const { computeCapability } = acceleratorSpec(gpu);
  const first = computeCapability === undefined ? cuda : firstCuda[computeCapability];
  if (isOlder(cuda, first)) {
    problems.push({
      path: [...path, "cuda"],
      given: cuda,
      allowed: `${first} or newer: older ones make no code for ${gpu} (capability ${computeCapability})`,
      remedy: `choose containers built with CUDA ${first} or newer`,
    });
  }
  return problems;
}

/** From CUDA 11 on any driver of the major version will do; before, none but the release's own. */
function driverOfCuda(cuda: CudaRelease): string {
  const major = Number(cuda.split(".")[0]);
  return (cudaMajorDrivers as Readonly<Record<number, string>>)[major] ?? cudaDrivers[cuda];
}

/** A GPU Operator that was not made for this Kubernetes. */
export function operatorProblems(path: Path, operator: GpuOperatorRelease, kubernetes: string): Problem[] {
  const { kubernetes: range } = gpuOperatorReleases[operator];
  return rangeProblems(path, `GPU Operator ${operator}`, range, kubernetes);
}

/** A chart that was not made for this Kubernetes, as far as its makers say. */
export function chartProblems(path: Path, chart: keyof typeof charts, kubernetes: string): Problem[] {
  const range = chartKubernetes[chart];
  if (!isKnown(range)) return [];
  return rangeProblems(path, `${charts[chart].name} ${charts[chart].version}`, range, kubernetes);
}

/** What a pool can be instead, on an API server that does not serve its devices. */
const insteadOf: Readonly<Record<DraDevices, string>> = {
  whole: "leave sharing out: the device plugin hands out whole GPUs as well",
  partitions: "choose mode: mig, or devices: whole",
  shares: "choose mode: time-slicing or mps, or devices: whole",
};

/** Claims of devices that this Kubernetes does not serve by default; `path` is of the pool's sharing. */
export function devicesProblems(path: Path, sharing: Sharing, kubernetes: string): Problem[] {
  if (sharing.mode !== "dra") return [];
  const { devices } = sharing;
  const { least } = devicesKubernetes[devices];
  if (!isOlder(minorVersion(kubernetes), least)) return [];
  return [
    {
      path: [...path, "devices"],
      given: `"${devices}" on Kubernetes ${kubernetes}`,
      allowed: `Kubernetes ${least} or newer, for devices: ${devices}`,
      remedy: `upgrade Kubernetes, or ${insteadOf[devices]}`,
    },
  ];
}

function rangeProblems(path: Path, what: string, range: KubernetesRange, kubernetes: string): Problem[] {
  const minor = minorVersion(kubernetes);
  const isTooOld = isOlder(minor, range.least);
  const isTooNew = isKnown(range.most) && isOlder(range.most, minor);
  if (!isTooOld && !isTooNew) return [];
  const most = isKnown(range.most) ? ` to ${range.most}` : " or newer";
  return [
    {
      path: [...path, "kubernetes"],
      given: kubernetes,
      allowed: `${range.least}${most}, with ${what}`,
      remedy: isTooOld ? "upgrade Kubernetes, or choose an older release" : "choose a newer release",
    },
  ];
}
