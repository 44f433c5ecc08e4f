/** The ResourceClaimTemplate of a gang: each of its pods gets a claim of its own, which ends with the pod. */
import { deviceClasses, deviceExpressions, nvmlName } from "../catalogue/dra.ts";
import type { ClaimedPool, PodClaim } from "../planning/claims.ts";
import { memoryQuantity } from "../planning/quantity.ts";

export interface ClaimTemplate {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly pool: Pick<ClaimedPool, "accelerator" | "sharing">;
  readonly claim: PodClaim;
}

/** Name of the claim within the pod. */
export const podClaimName = "accelerators";

/** Kueue counts requests for an exact number only, and only claims that come of a template. */
export function claimTemplateManifest({ name, namespace, labels, pool, claim }: ClaimTemplate) {
  const exactly = {
    deviceClassName: deviceClasses[pool.sharing.devices].name,
    allocationMode: "ExactCount",
    count: claim.count,
    ...(claim.quotaMiB === undefined ? {} : { selectors: selectors(pool, claim) }),
    ...(claim.memoryMiB === undefined
      ? {}
      : { capacity: { requests: { memory: memoryQuantity(claim.memoryMiB) } } }),
  };
  return {
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceClaimTemplate",
    metadata: { name, namespace, labels: { ...labels } },
    spec: { spec: { devices: { requests: [{ name: podClaimName, exactly }] } } },
  };
}

/**
 * Kueue counts a part by the largest device of the whole cluster that the claim could get, whichever pool
 * that is in: the product keeps the devices of other pools out.
 */
function selectors({ accelerator }: ClaimTemplate["pool"], { profile }: PodClaim) {
  const expressions = [
    deviceExpressions.product(nvmlName(accelerator)),
    ...(profile === undefined ? [] : [deviceExpressions.profile(profile)]),
  ];
  return expressions.map((expression) => ({ cel: { expression } }));
}
