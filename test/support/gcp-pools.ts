/** Pools of GKE that each test case changes in one point. */
import type { z } from "zod";
import { type GcpPool, gcpPool } from "../../components/cluster/gcp-pool.ts";
import { parseConfig } from "../../components/config.ts";

export type WrittenGcpPool = z.input<typeof gcpPool>;

/** Four H100 machines in two zones. */
export function makeGcpPool(changes: Partial<WrittenGcpPool> = {}): WrittenGcpPool {
  return {
    name: "h100",
    machine: "a3-highgpu-8g",
    nodes: 4,
    zones: ["us-central1-a", "us-central1-b"],
    ...changes,
  };
}

/** Two slices of four hosts with four chips each. */
export function makeTpuPool(changes: Partial<WrittenGcpPool> = {}): WrittenGcpPool {
  return {
    name: "tpu",
    machine: "ct5lp-hightpu-4t",
    nodes: 8,
    zones: ["us-central1-a"],
    sliceTopology: "4x4",
    ...changes,
  };
}

export function readGcpPool(written: WrittenGcpPool): GcpPool {
  return parseConfig(gcpPool, written, "pool");
}
