/** Pools of an account that hold, for tests to spoil. */
import type { AccountPool } from "../../../components/planning/account-pool.ts";

/** Two p5.48xlarge with eight H100 and 192 vCPUs each, which may become four. */
export function accountPool(change: Partial<AccountPool> = {}): AccountPool {
  return {
    path: ["pools", 0],
    name: "h100",
    nodes: 2,
    acceleratorsPerNode: 8,
    machine: "p5.48xlarge",
    region: "us-east-1",
    capacity: "on-demand",
    maxNodesPerZone: 4,
    ...change,
  };
}

/** Two a2-ultragpu-1g with an A100 80GB each. */
export function gcpPool(change: Partial<AccountPool> = {}): AccountPool {
  return accountPool({
    path: ["pools", 1],
    name: "a100",
    acceleratorsPerNode: 1,
    machine: "a2-ultragpu-1g",
    region: "us-central1",
    ...change,
  });
}
