/** What the nodes of a stack offer to claims: devices of NVIDIA's DRA driver, as queues count them. */
import { claimResources, draDriver } from "../components/catalogue/dra.ts";
import { parseQuantity } from "./quantity.ts";
import { type KubernetesObject, objectsOfKind, type StackResource } from "./resources.ts";

type Values = Readonly<Record<string, { readonly value?: string | number }>>;

interface ResourceSlice extends KubernetesObject {
  readonly spec?: {
    readonly driver?: string;
    readonly nodeName?: string;
    readonly devices?: readonly {
      readonly attributes?: Readonly<Record<string, { readonly string?: string }>>;
      readonly capacity?: Values;
      readonly consumesCounters?: readonly unknown[];
      readonly allowMultipleAllocations?: boolean;
    }[];
    readonly sharedCounters?: readonly { readonly counters?: Values }[];
  };
}

type Device = NonNullable<NonNullable<ResourceSlice["spec"]>["devices"]>[number];

/** Amounts in billionths by resource name, by node. */
export function devicesByNode(
  resources: readonly StackResource[],
): ReadonlyMap<string, ReadonlyMap<string, bigint>> {
  const nodes = new Map<string, Map<string, bigint>>();
  for (const { object } of objectsOfKind<ResourceSlice>(resources, "resource.k8s.io/ResourceSlice")) {
    const { driver, nodeName, devices = [], sharedCounters = [] } = object.spec ?? {};
    if (driver !== draDriver || nodeName === undefined) continue;
    const offered = nodes.get(nodeName) ?? new Map<string, bigint>();
    const parts = sharedCounters.map(
      ({ counters }) => [claimResources.partitions, memoryIn(counters)] as const,
    );
    for (const [name, amount] of [...devices.flatMap(offerOf), ...parts]) {
      offered.set(name, (offered.get(name) ?? 0n) + amount);
    }
    nodes.set(nodeName, offered);
  }
  return nodes;
}

/** Devices that take of counters are parts of what these count. */
function offerOf({ attributes, capacity, consumesCounters = [], ...device }: Device): [string, bigint][] {
  if (attributes?.type?.string !== "gpu" || consumesCounters.length > 0) return [];
  if (device.allowMultipleAllocations) return [[claimResources.shares, memoryIn(capacity)]];
  return [[claimResources.whole, parseQuantity(1) ?? 0n]];
}

function memoryIn(values: Values | undefined): bigint {
  return parseQuantity(values?.memory?.value ?? 0) ?? 0n;
}
