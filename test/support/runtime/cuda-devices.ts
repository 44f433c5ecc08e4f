/** CUDA devices to test: the emulated one, which every machine has, and a real one where there is one. */
import type { Device } from "../../../runtime/device/contract.ts";
import { type CudaDeviceOptions, createCudaDevice, hasCudaDriver } from "../../../runtime/device/cuda.ts";
import { buildCuda } from "../../../runtime/device/cuda-build.ts";
import { findCudaToolchain } from "../../../runtime/device/cuda-toolchain.ts";
import { buildEmulatedCuda } from "./emulated-cuda.ts";
import { smallLimits } from "./steps.ts";

export interface CudaUnderTest {
  readonly where: string;
  readonly addon: string;
}

const toolchain = hasCudaDriver() ? findCudaToolchain() : undefined;

export const cudaUnderTest: readonly CudaUnderTest[] = [
  { where: "emulated", addon: await buildEmulatedCuda() },
  ...(toolchain ? [{ where: "on a real device", addon: await buildCuda({ toolchain }) }] : []),
];

export function cudaOf(
  directory: string,
  addon: string,
  limits = smallLimits,
  adapters?: CudaDeviceOptions["adapters"],
): Device {
  return createCudaDevice({ addon, directory, limits, blocks: 80, threads: 2, adapters });
}
