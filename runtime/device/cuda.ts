/** A CUDA device by the same contract as the processor, and why there is none where there is none. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type ModelConfig, readModelConfig } from "../models/model-config.ts";
import type { Device } from "./contract.ts";
import { createNativeDevice, type NativeDeviceOptions } from "./native.ts";
import { ncclLibraries, tensorParallelRefusal } from "./tensor-parallel.ts";

export interface CudaDeviceOptions extends Omit<NativeDeviceOptions, "path" | "precision" | "parallel"> {
  /** GPUs that share the model. Default: 1. */
  readonly tensorParallel?: number;
  /** How long a step of several GPUs may take before they are given up. Default: 30. */
  readonly stepSeconds?: number;
  /** Where NCCL may be. Default: where the system looks for libraries, and beside what was installed. */
  readonly ncclLibraries?: readonly string[];
}

interface CudaAddon {
  readonly devices: () => { readonly names: readonly string[]; readonly reason?: string };
  readonly wgmma: () => string;
}

const require = createRequire(import.meta.url);

/** Values of a head for which attention.cu of runtime/native/cuda has kernels. */
const headSizes: readonly number[] = [16, 32, 48, 64, 80, 96, 128, 256];
/** `experts_max` of launches.hpp in runtime/native/cuda. */
const expertsMax = 1024;

/** Names of the devices that the addon finds, or why it finds none. */
export function cudaDevices(addon: string): { names: readonly string[]; reason?: string } {
  const { names, reason } = (require(addon) as CudaAddon).devices();
  if (names.length > 0) return { names };
  return { names, reason: `CUDA finds no device: ${reason ?? "the driver knows of none"}` };
}

/** Whether the first device has `wgmma` and multiplies rightly with it, where sums may have any order. */
export function wgmmaOf(addon: string): string {
  return (require(addon) as CudaAddon).wgmma();
}

/** Files by which a driver shows that it is there: of Linux itself, and of Linux on Windows. */
const driverFiles = ["/dev/nvidiactl", "/dev/nvidia0", "/proc/driver/nvidia/version", "/dev/dxg"];

/** Whether building for CUDA is worth the minutes that it takes. */
export function hasCudaDriver(files: readonly string[] = driverFiles): boolean {
  return files.some((file) => existsSync(file));
}

/** Why a model cannot be computed on a CUDA device; undefined where it can. */
export function cudaRefusal(config: ModelConfig): string | undefined {
  const experts = config.mixture?.experts ?? 0;
  if (experts > expertsMax) {
    return `${experts} experts are not computed on CUDA; ${expertsMax} are at most`;
  }
  if (headSizes.includes(config.headDim)) return undefined;
  return `heads of ${config.headDim} values are not computed on CUDA; these are: ${headSizes.join(", ")}`;
}

/** Throws for a model that CUDA does not compute, and a ModelFileError for one that is broken. */
export function createCudaDevice({ tensorParallel: ranks = 1, ...options }: CudaDeviceOptions): Device {
  const config = readModelConfig(join(options.directory, "config.json"));
  const refusal = cudaRefusal(config) ?? tensorParallelRefusal(config, ranks, () => gpusOf(options.addon));
  if (refusal !== undefined) throw new Error(refusal);
  if (ranks > 1 && options.adapters && options.adapters.length > 0) {
    throw new Error("engine.tensorParallel: adapters are computed on one GPU alone; allowed with them: 1");
  }
  const { ncclLibraries: libraries = ncclLibraries(), stepSeconds: seconds = 30, ...rest } = options;
  return createNativeDevice({ ...rest, parallel: { ranks, libraries, seconds } });
}

function gpusOf(addon: string): number {
  return cudaDevices(addon).names.length;
}
