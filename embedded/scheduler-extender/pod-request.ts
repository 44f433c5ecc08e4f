/** What a pod asks for, read from the pod and its resource claims. */
import { acceleratorResourcePattern } from "../../components/catalogue/labels.ts";
import { type PodRequest, wholeGpu } from "./free-node.ts";
import type { ResourceClaim, SchedulablePod } from "./kube-objects.ts";
import { quantity } from "./quantity.ts";

/** The label that names a node's model of accelerator, as GPU Feature Discovery writes it. */
export const modelLabel = "nvidia.com/gpu.product";
/** The capacity of a shared device that counts thousandths of it; a device without it is taken whole. */
export const shareCapacity = "milli";

const mebibyte = 2 ** 20;

/** `claimed` finds the pod's claims by their names; claims that do not exist yet ask for nothing. */
export function podRequest(
  pod: SchedulablePod,
  claimed: (name: string) => ResourceClaim | undefined,
): PodRequest {
  const own = (wanted: (name: string) => boolean) =>
    (pod.spec?.containers ?? []).reduce((sum, { resources }) => {
      const found = Object.entries(resources?.requests ?? {}).filter(([name]) => wanted(name));
      return sum + found.reduce((total, [, text]) => total + quantity(text), 0);
    }, 0);
  const claims = claimNames(pod).flatMap((name) => claimed(name) ?? []);
  const shares = claims.flatMap(claimedShares);
  const whole = own((name) => acceleratorResourcePattern.test(name));
  return {
    cpuMilli: Math.round(own((name) => name === "cpu") * 1000),
    memoryMiB: Math.round(own((name) => name === "memory") / mebibyte),
    gpus: whole + shares.length,
    gpuMilli: whole > 0 ? wholeGpu : Math.max(0, ...shares),
    models: wantedModels(pod),
  };
}

export function claimNames({ spec, status }: SchedulablePod): string[] {
  return (spec?.resourceClaims ?? []).flatMap(({ name, resourceClaimName }) => {
    const made = status?.resourceClaimStatuses?.find((one) => one.name === name)?.resourceClaimName;
    return resourceClaimName ?? made ?? [];
  });
}

/** Of each device that the claim asks for, the thousandths. */
function claimedShares({ spec }: ResourceClaim): number[] {
  return (spec.devices?.requests ?? []).flatMap(({ exactly }) => {
    const share = exactly?.capacity?.requests?.[shareCapacity];
    const milli = share === undefined ? wholeGpu : quantity(share);
    return Array.from({ length: exactly?.count ?? 1 }, () => milli);
  });
}

function wantedModels({ spec }: SchedulablePod): string[] {
  const selected = spec?.nodeSelector?.[modelLabel];
  if (selected !== undefined) return [selected];
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return (required?.nodeSelectorTerms ?? []).flatMap(({ matchExpressions = [] }) =>
    matchExpressions
      .filter(({ key, operator }) => key === modelLabel && operator === "In")
      .flatMap(({ values = [] }) => values),
  );
}
