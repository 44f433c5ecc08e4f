/** What libtpu reads to find the hosts of its slice, with the meaning that GKE gives it. */
import type { PoolSlices } from "../planning/slices.ts";
import type { EnvironmentVariable } from "./training-pod.ts";

const indexAnnotation = "metadata.annotations['batch.kubernetes.io/job-completion-index']";

/**
 * On GKE a webhook adds these to pods of an indexed Job with a headless Service; here nothing would. Stating
 * them in the template makes a gang the same everywhere: the pods' names, in the order of their index.
 */
export function sliceEnvironment(
  slices: PoolSlices | undefined,
  addresses: readonly string[],
): EnvironmentVariable[] {
  if (!slices) return [];
  return [
    { name: "TPU_WORKER_HOSTNAMES", value: addresses.join(",") },
    { name: "TPU_WORKER_ID", valueFrom: { fieldRef: { fieldPath: indexAnnotation } } },
  ];
}
