/** A CUDA device by the same contract as the processor, and why there is none where there is none. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type ModelConfig, readModelConfig } from "../models/model-config.ts";
import type { Device } from "./contract.ts";
import { createNativeDevice, type NativeDeviceOptions } from "./native.ts";

export type CudaDeviceOptions = Omit<NativeDeviceOptions, "path" | "precision">;

interface CudaAddon {
  readonly devices: () => { readonly names: readonly string[]; readonly reason?: string };
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
export function createCudaDevice(options: CudaDeviceOptions): Device {
  const refusal = cudaRefusal(readModelConfig(join(options.directory, "config.json")));
  if (refusal !== undefined) throw new Error(refusal);
  return createNativeDevice(options);
}
