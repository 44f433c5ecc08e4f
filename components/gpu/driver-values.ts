/**
 * Values of the chart dra-driver-nvidia-gpu 0.5 for the DRA pools of a cluster. Format: values.yaml @0f5a1bc
 * and templates/validation.yaml @3fe9487 of kubernetes-sigs/dra-driver-nvidia-gpu.
 */
import { driverGates } from "../catalogue/dra.ts";
import { platformLabels } from "../catalogue/labels.ts";
import { isClaimed } from "../planning/claims.ts";
import type { SharedPool } from "../planning/sharing.ts";

/**
 * One release serves all pools, so its gates hold in all: a whole GPU then stands beside its partitions, and
 * can be had in shares, but a claim that asks for no part takes all of it.
 */
export function driverValues(pools: readonly (SharedPool & { readonly name: string })[]) {
  const claimed = pools.filter(isClaimed);
  if (claimed.length === 0) return undefined;
  const kinds = new Set(claimed.map(({ sharing }) => sharing.devices));
  const gates = [...kinds].flatMap((kind) => driverGates[kind] ?? []);
  return {
    // Without the override the chart refuses GPUs, lest a device plugin gives out the same ones.
    gpuResourcesEnabledOverride: true,
    resources: { gpus: { enabled: true }, computeDomains: { enabled: false } },
    featureGates: Object.fromEntries(gates.map((gate) => [gate, true])),
    consumableShares: kinds.has("shares") ? "memory" : "",
    kubeletPlugin: { affinity: { nodeAffinity: onlyOn(claimed.map(({ name }) => name)) } },
  };
}

/** Nodes of other pools have the device plugin. */
function onlyOn(pools: readonly string[]) {
  const matchExpressions = [{ key: platformLabels.pool, operator: "In", values: [...pools] }];
  return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } };
}
