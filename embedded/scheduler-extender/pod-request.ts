/** What a pod asks for, read from the pod; what its claims ask for is told by the devices of a node. */
import { acceleratorResourcePattern } from "../../components/catalogue/labels.ts";
import { type PodRequest, wholeGpu } from "./free-node.ts";
import type { SchedulablePod } from "./kube-objects.ts";
import { quantity } from "./quantity.ts";

/** The label that names a node's model of accelerator, as GPU Feature Discovery writes it. */
export const modelLabel = "nvidia.com/gpu.product";

const mebibyte = 2 ** 20;

/** `shares` are the thousandths of each device that its claims ask for. */
export function podRequest(pod: SchedulablePod, shares: readonly number[] = []): PodRequest {
  const own = (wanted: (name: string) => boolean) =>
    (pod.spec?.containers ?? []).reduce((sum, { resources }) => {
      const found = Object.entries(resources?.requests ?? {}).filter(([name]) => wanted(name));
      return sum + found.reduce((total, [, text]) => total + quantity(text), 0);
    }, 0);
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
