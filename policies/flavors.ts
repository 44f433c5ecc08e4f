/** Kueue's flavors and the quotas that queues hold of them, as far as rules read them. */
import { parseQuantity } from "./quantity.ts";
import { type KubernetesObject, type Located, objectsOfKind, type StackResource } from "./resources.ts";

export interface ResourceFlavor extends KubernetesObject {
  readonly spec?: { readonly nodeLabels?: Readonly<Record<string, string>> };
}

/** What one ClusterQueue or Cohort may use of one resource of a flavor, before it borrows. */
export interface NominalQuota {
  readonly flavor: string;
  readonly resource: string;
  readonly holder: string;
  /** In billionths. */
  readonly amount: bigint;
}

interface QuotaHolder extends KubernetesObject {
  readonly spec?: { readonly resourceGroups?: readonly { readonly flavors?: readonly FlavorQuotas[] }[] };
}

interface FlavorQuotas {
  readonly name: string;
  readonly resources?: readonly { readonly name: string; readonly nominalQuota?: string | number }[];
}

export function resourceFlavors(resources: readonly StackResource[]): Located<ResourceFlavor>[] {
  return objectsOfKind<ResourceFlavor>(resources, "kueue.x-k8s.io/ResourceFlavor");
}

/** Quotas of all queues; a cohort's own quota comes on top of those of its queues. */
export function nominalQuotas(resources: readonly StackResource[]): NominalQuota[] {
  return ["ClusterQueue", "Cohort"]
    .flatMap((kind) => objectsOfKind<QuotaHolder>(resources, `kueue.x-k8s.io/${kind}`))
    .flatMap(({ object: { metadata, spec } }) =>
      (spec?.resourceGroups ?? [])
        .flatMap(({ flavors }) => flavors ?? [])
        .flatMap((flavor) =>
          (flavor.resources ?? []).map(({ name, nominalQuota }) => ({
            flavor: flavor.name,
            resource: name,
            holder: metadata?.name ?? "unnamed",
            amount: parseQuantity(nominalQuota ?? 0) ?? 0n,
          })),
        ),
    );
}
