/** Which device computes a model on this machine, and why it is not a GPU where it is not. */
import type { ModelConfig } from "../models/model-config.ts";
import { cudaDevices, cudaRefusal, hasCudaDriver } from "./cuda.ts";
import { buildCuda } from "./cuda-build.ts";
import { findCudaToolchain } from "./cuda-toolchain.ts";
import { buildNative } from "./native-build.ts";

export interface DeviceChoice {
  readonly device: "cpu" | "cuda";
  /** What it is loaded from. */
  readonly addon: string;
  /** Why CUDA is not used; absent where it is, or where nobody asked for it. */
  readonly reason?: string;
}

/** What is found out of a machine, in this order; each is asked only if the ones before it hold. */
export interface CudaSteps {
  readonly refusal: () => string | undefined;
  readonly hasDriver: () => boolean;
  /** Undefined where there is no compiler to build it with. */
  readonly build: () => Promise<string> | undefined;
  readonly devices: (addon: string) => { readonly reason?: string };
}

function stepsOn(config: ModelConfig): CudaSteps {
  return {
    refusal: () => cudaRefusal(config),
    hasDriver: () => hasCudaDriver(),
    build: () => {
      const toolchain = findCudaToolchain();
      return toolchain && buildCuda({ toolchain });
    },
    devices: cudaDevices,
  };
}

/** The addon with which CUDA computes, or why it does not. */
export async function findCuda(steps: CudaSteps): Promise<{ addon: string } | { reason: string }> {
  const refusal = steps.refusal();
  if (refusal !== undefined) return { reason: refusal };
  if (!steps.hasDriver()) return { reason: "there is no NVIDIA driver on this machine" };
  const building = steps.build();
  if (!building) {
    return {
      reason:
        "there is no nvcc to build for CUDA with, neither in $CUDA_HOME, $PATH nor /usr/local/cuda: " +
        "`npm run runtime -- doctor --install-cuda` fetches NVIDIA's from PyPI",
    };
  }
  const addon = await building;
  const { reason } = steps.devices(addon);
  return reason === undefined ? { addon } : { reason };
}

/** Throws where CUDA is asked for by name and cannot be used. */
export async function chooseDevice(
  wanted: "auto" | "cpu" | "cuda",
  config: ModelConfig,
  steps: CudaSteps = stepsOn(config),
): Promise<DeviceChoice> {
  if (wanted === "cpu") return { device: "cpu", addon: await buildNative() };
  const found = await findCuda(steps);
  if ("addon" in found) return { device: "cuda", addon: found.addon };
  if (wanted === "cuda") throw new Error(`engine.device: CUDA cannot be used: ${found.reason}`);
  return { device: "cpu", addon: await buildNative(), reason: found.reason };
}
