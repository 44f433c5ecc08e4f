/** What claims hold of the accelerators of DRA pools, counted in accelerators and parts of them. */
import type { V1Node } from "@kubernetes/client-node";
import { claimResources, type DraDevices, deviceClasses, draDriver } from "../../components/catalogue/dra.ts";
import { platformLabels } from "../../components/catalogue/labels.ts";
import { emptyIfUnknown, type KubeApi } from "../cluster/kube-api.ts";
import { quantity } from "../scheduler-extender/quantity.ts";
import type { ResourceClaim, ResourceClaimTemplate, ResourceSlice } from "./claim-objects.ts";
import type { Workload } from "./kueue-objects.ts";
import type { PoolStatus } from "./platform-status.ts";

/** One device, or a part of one, that a pod holds. */
export interface AllocationStatus {
  pool: string;
  node: string;
  /** As the driver calls it, such as gpu-0 or gpu-0-mig-1g10gb-19-0. */
  device: string;
  team: string;
  pod: string;
  /** Memory of the device, or what the claim takes of it. */
  memoryGiB: number;
}

export interface ClaimObjects {
  readonly slices: readonly ResourceSlice[];
  readonly claims: readonly ResourceClaim[];
  readonly templates: readonly ResourceClaimTemplate[];
}

/** All of the cluster. */
export async function readClaims(api: KubeApi): Promise<ClaimObjects> {
  const list = <T>(kind: string) => api.list<T>(`/apis/resource.k8s.io/v1/${kind}`).catch(emptyIfUnknown);
  const [slices, claims, templates] = await Promise.all([
    list<ResourceSlice>("resourceslices"),
    list<ResourceClaim>("resourceclaims"),
    list<ResourceClaimTemplate>("resourceclaimtemplates"),
  ]);
  return { slices: slices.filter(({ spec }) => spec.driver === draDriver), claims, templates };
}

/** Devices that claims hold, in the order of their names. */
export function allocations(nodes: readonly V1Node[], { slices, claims }: ClaimObjects): AllocationStatus[] {
  const rows = claims.flatMap(({ metadata, status }) =>
    (status?.allocation?.devices?.results ?? [])
      .filter(({ driver }) => driver === draDriver)
      .map(({ pool: node, device, consumedCapacity }) => ({
        pool: poolOf(nodes.find((candidate) => candidate.metadata?.name === node)),
        node,
        device,
        team: metadata?.namespace ?? "",
        pod: status?.reservedFor?.map(({ name }) => name).join(", ") ?? "",
        memoryGiB: rounded(
          (quantity(consumedCapacity?.memory) || memoryOf(slices, node, device)) / 1024 ** 3,
        ),
      })),
  );
  const key = (row: AllocationStatus) => [row.pool, row.node, row.device, row.pod].join(" ");
  return rows.sort((a, b) => key(a).localeCompare(key(b)));
}

/** One row per DRA pool; where claims take parts, what is used is the part of the accelerators' memory. */
export function claimedPools(nodes: readonly V1Node[], objects: ClaimObjects): PoolStatus[] {
  const held = allocations(nodes, objects);
  const pools = new Map<string, PoolStatus>();
  for (const node of nodes) {
    const own = objects.slices.filter(({ spec }) => spec.nodeName === node.metadata?.name);
    const [kind, cards] = cardsOf(own);
    if (kind === undefined) continue;
    const name = poolOf(node);
    const labels = node.metadata?.labels ?? {};
    const accelerator = labels["nvidia.com/gpu.product"] ?? "";
    const empty = {
      name,
      accelerator,
      resource: deviceClasses[kind].name,
      total: 0,
      used: 0,
      free: 0,
      nodes: 0,
    };
    const pool = pools.get(name) ?? empty;
    const card = (cards[0] ?? 0) / 1024 ** 3;
    const used = held
      .filter((row) => row.node === node.metadata?.name)
      .reduce((sum, { memoryGiB }) => sum + (kind === "whole" ? 1 : memoryGiB / card), 0);
    const isReady = node.status?.conditions?.some(
      ({ type, status }) => type === "Ready" && status === "True",
    );
    pool.nodes += 1;
    pool.total += cards.length;
    pool.used = rounded(pool.used + used);
    pool.free = rounded(pool.free + (isReady ? cards.length - used : 0));
    pools.set(name, pool);
  }
  return [...pools.values()];
}

/** Bytes that stand for one accelerator in the quotas of a pool; 1 where quotas count devices. */
export function quotaUnit(nodes: readonly V1Node[], { slices }: ClaimObjects, pool: string): number {
  const names = nodes.filter((node) => poolOf(node) === pool).map(({ metadata }) => metadata?.name);
  const [kind, cards] = cardsOf(slices.filter(({ spec }) => names.includes(spec.nodeName)));
  return kind === undefined || kind === "whole" ? 1 : (cards[0] ?? 1);
}

/** Whether a queue's resource stands for parts of accelerators. */
export function countsParts(resource: string): boolean {
  return resource === claimResources.partitions || resource === claimResources.shares;
}

/** Devices that all pods of a workload claim. */
export function claimedDevices({ metadata, spec }: Workload, { templates }: ClaimObjects): number {
  return spec.podSets.reduce((sum, { count, template }) => {
    const names = (template.spec?.resourceClaims ?? []).map((claim) => claim.resourceClaimTemplateName);
    const own = templates.filter(
      (found) => found.metadata?.namespace === metadata.namespace && names.includes(found.metadata?.name),
    );
    const requests = own.flatMap((found) => found.spec.spec.devices?.requests ?? []);
    return sum + count * requests.reduce((total, { exactly }) => total + (exactly?.count ?? 1), 0);
  }, 0);
}

/** What the accelerators of these slices are given out as, and the memory of each in bytes. */
function cardsOf(slices: readonly ResourceSlice[]): [DraDevices | undefined, number[]] {
  const counters = slices.flatMap(({ spec }) => spec.sharedCounters ?? []);
  if (counters.length > 0) return ["partitions", counters.map((set) => quantity(set.counters.memory?.value))];
  const cards = slices
    .flatMap(({ spec }) => spec.devices ?? [])
    .filter(({ attributes }) => attributes?.type?.string === "gpu");
  const shared = cards.some(({ allowMultipleAllocations }) => allowMultipleAllocations);
  const kind = shared ? "shares" : "whole";
  return [
    cards.length > 0 ? kind : undefined,
    cards.map(({ capacity }) => quantity(capacity?.memory?.value)),
  ];
}

function memoryOf(slices: readonly ResourceSlice[], node: string, name: string): number {
  const devices = slices
    .filter(({ spec }) => spec.nodeName === node)
    .flatMap(({ spec }) => spec.devices ?? []);
  return quantity(devices.find((device) => device.name === name)?.capacity?.memory?.value);
}

function poolOf(node: V1Node | undefined): string {
  return node?.metadata?.labels?.[platformLabels.pool] ?? "";
}

function rounded(amount: number): number {
  return Math.round(amount * 100) / 100;
}
