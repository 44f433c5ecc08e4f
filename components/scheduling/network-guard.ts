/** Keeps pods from taking the network of nodes without the accelerators that it goes with. */
import type { ProvisionedNodePool } from "../cluster/contract.ts";
import { fabricResources } from "../planning/fabric.ts";

type GuardedPool = Pick<ProvisionedNodePool, "acceleratorsPerNode" | "resourceName" | "fabric">;

/** What holds for the containers of a team's pods. */
export interface ContainerRule {
  readonly expression: string;
  readonly message: string;
}

/**
 * One rule per resource. KAI counts no network in its queues, and a pod that takes it all without any
 * accelerator would keep the gangs off its node; what goes with accelerators is in their quota.
 */
export function networkRules(pools: readonly GuardedPool[]): ContainerRule[] {
  const names = [...new Set(pools.flatMap(({ fabric }) => fabricResources(fabric).slice(0, 1)))];
  return names.map((name) => {
    const own = pools.filter(({ fabric }) => fabric?.resourceName === name);
    return {
      expression: `!(${asks(name)}) || ${own.map(inProportion).join(" || ")}`,
      message: `${name} goes with accelerators: ask for no more of it than ${own.map(most).join(" or ")}`,
    };
  });
}

function inProportion({ acceleratorsPerNode, resourceName, fabric }: GuardedPool): string {
  const { resourceName: network = "", devicesPerNode = 0 } = fabric ?? {};
  const limit = `${amount(resourceName)} * ${devicesPerNode}`;
  return `(${asks(resourceName)} && ${amount(network)} * ${acceleratorsPerNode} <= ${limit})`;
}

function most({ acceleratorsPerNode, resourceName, fabric }: GuardedPool): string {
  return `${fabric?.devicesPerNode} with ${acceleratorsPerNode} ${resourceName}`;
}

function asks(resource: string): string {
  const limits = "container.resources.limits";
  return `has(container.resources) && has(${limits}) && "${resource}" in ${limits}`;
}

function amount(resource: string): string {
  return `quantity(container.resources.limits["${resource}"]).asInteger()`;
}
