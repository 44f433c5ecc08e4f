/** Network devices between the nodes of a pool: who may have them, and what part of them goes with what. */
import { type AcceleratorId, accelerators } from "../catalogue/hardware.ts";
import { acceleratorResourcePattern } from "../catalogue/labels.ts";
import { count, type Problem } from "./problem.ts";
import { memoryQuantity } from "./quantity.ts";
import type { QuotaPlan } from "./quota.ts";
import type { RolePlan } from "./roles.ts";
import type { Sharing } from "./sharing.ts";

/** The devices of each node, as their plugin offers them, and how programs find them. */
export interface Fabric {
  /** Extended resource of the devices. */
  readonly resourceName: string;
  readonly devicesPerNode: number;
  /** Huge pages of 2 MiB that each node sets aside for the network's library; 0 where it needs none. */
  readonly hugePagesMiB: number;
  /** Variables by which NCCL and the libraries below it find the devices. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A pool as far as its network is concerned. */
export interface FabricPool {
  readonly acceleratorsPerNode: number;
  readonly fabric?: Fabric | undefined;
}

const hugePages = { resourceName: "hugepages-2Mi", sizeMiB: 2 };

/** Resources that pods of several nodes ask for beside their accelerators. */
export function fabricResources(fabric: Fabric | undefined): string[] {
  if (!fabric) return [];
  return [fabric.resourceName, ...(fabric.hugePagesMiB > 0 ? [hugePages.resourceName] : [])];
}

/** What goes with so many accelerators, as quantities: all of a node with all of its accelerators. */
export function fabricShare(pool: FabricPool, amount: number): Record<string, string> {
  const { fabric, acceleratorsPerNode } = pool;
  if (!fabric) return {};
  const part = (perNode: number) => (perNode * amount) / acceleratorsPerNode;
  const pagesMiB = part(fabric.hugePagesMiB);
  return {
    [fabric.resourceName]: String(part(fabric.devicesPerNode)),
    ...(fabric.hugePagesMiB > 0 ? { [hugePages.resourceName]: memoryQuantity(pagesMiB) } : {}),
  };
}

interface PoolWithFabric extends FabricPool {
  readonly accelerator: AcceleratorId;
  readonly sharing: Sharing;
}

/** Networks that the pool's accelerators have no use for, or that do not divide among them. */
export function fabricProblems({
  accelerator,
  acceleratorsPerNode,
  sharing,
  fabric,
}: PoolWithFabric): Problem[] {
  if (!fabric) return [];
  const { resourceName } = accelerators[accelerator];
  if (resourceName === "google.com/tpu") {
    const allowed = `nothing in a pool of ${accelerator}: TPUs have a network of their own`;
    return [{ path: ["fabric"], given: fabric.resourceName, allowed, remedy: "leave fabric out" }];
  }
  const problems: Problem[] = [];
  if (sharing.mode !== "dedicated") {
    problems.push({
      path: ["fabric"],
      given: `${fabric.resourceName} in a pool of mode ${sharing.mode}`,
      allowed: "a fabric in pools of whole accelerators: its devices go with them",
      remedy: "leave fabric out, or sharing",
    });
  }
  if (acceleratorResourcePattern.test(fabric.resourceName)) {
    problems.push({
      path: ["fabric", "resourceName"],
      given: JSON.stringify(fabric.resourceName),
      allowed: "a resource of network devices; this one is an accelerator",
      remedy: "name the resource that the network's device plugin offers, such as rdma/ib",
    });
  }
  return [...problems, ...pageProblems(fabric, acceleratorsPerNode)];
}

function pageProblems({ hugePagesMiB }: Fabric, acceleratorsPerNode: number): Problem[] {
  const step = hugePages.sizeMiB * acceleratorsPerNode;
  if (hugePagesMiB % step === 0) return [];
  return [
    {
      path: ["fabric", "hugePagesMiB"],
      given: String(hugePagesMiB),
      allowed: `a multiple of ${step}: whole pages of 2 MiB with each of ${acceleratorsPerNode} accelerators`,
      remedy: `make it ${Math.ceil(hugePagesMiB / step) * step}`,
    },
  ];
}

/** Pods with which no whole number of devices goes; a run of one pod has no use for any. */
export function fabricShareProblems(
  roles: readonly Pick<RolePlan, "path" | "acceleratorsPerNode">[],
  pods: number,
  pool: FabricPool & { readonly name: string },
): Problem[] {
  const { fabric } = pool;
  if (!fabric || pods === 1) return [];
  const step = wholeStep(pool, fabric);
  return roles
    .filter(({ acceleratorsPerNode }) => acceleratorsPerNode % step > 0)
    .map(({ path, acceleratorsPerNode }) => ({
      path: [...path, "acceleratorsPerNode"],
      given: String(acceleratorsPerNode),
      allowed: `a multiple of ${step}, with which ${devices(pool, fabric, step)} goes`,
      remedy: `ask for ${upwards(acceleratorsPerNode, step)} per node, or run on one node`,
    }));
}

/** Quotas with which no whole number of devices goes: the queue could not count them. */
export function fabricQuotaProblems(
  pools: readonly (FabricPool & { readonly name: string })[],
  quotas: readonly (Pick<QuotaPlan, "path" | "pool"> & Partial<QuotaPlan>)[],
): Problem[] {
  return quotas.flatMap((quota) => {
    const pool = pools.find(({ name }) => name === quota.pool);
    if (!pool?.fabric) return [];
    const step = wholeStep(pool, pool.fabric);
    const goes = devices(pool, pool.fabric, step);
    return amounts
      .filter((amount) => (quota[amount] ?? 0) % step > 0)
      .map((amount) => ({
        path: [...quota.path, amount],
        given: String(quota[amount]),
        allowed: `a multiple of ${step}, with which ${goes} goes in pool ${quota.pool}`,
        remedy: `make it ${upwards(quota[amount] ?? 0, step)}`,
      }));
  });
}

const amounts = ["accelerators", "borrowingLimit", "lendingLimit"] as const;

/** The fewest accelerators with which whole devices go. */
function wholeStep({ acceleratorsPerNode }: FabricPool, { devicesPerNode }: Fabric): number {
  return acceleratorsPerNode / commonDivisor(acceleratorsPerNode, devicesPerNode);
}

function devices({ acceleratorsPerNode }: FabricPool, fabric: Fabric, accelerators: number): string {
  const each = (fabric.devicesPerNode * accelerators) / acceleratorsPerNode;
  return `${count(each, "device")} ${fabric.resourceName}`;
}

function upwards(amount: number, step: number): number {
  return Math.ceil(amount / step) * step;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
