/** What pods typically ask for: the basis on which free accelerators are useful or not. */
import type { PodRequest } from "./free-node.ts";

export interface TypicalPod {
  readonly request: PodRequest;
  /** Of all pods, 0 to 1. */
  readonly share: number;
}

export interface WorkloadMix {
  /** The most frequent requests, which together are 95 % of all pods; the rest is noise. */
  readonly typical: readonly TypicalPod[];
  /** Needed beside a whole accelerator, over all pods, those without accelerators included. */
  readonly cpuMilliPerGpu: number;
  readonly memoryMiBPerGpu: number;
}

/** As in the paper on fragmentation gradient descent (Weng et al., USENIX ATC 2023), section 5. */
const popularity = 0.95;

export function workloadMix(requests: readonly PodRequest[]): WorkloadMix {
  const counts = new Map<string, { request: PodRequest; pods: number }>();
  for (const request of requests) {
    const key = requestKey(request);
    const known = counts.get(key);
    if (known) known.pods += 1;
    else counts.set(key, { request, pods: 1 });
  }
  const descending = [...counts.values()].sort(
    (one, other) => other.pods - one.pods || compareRequests(other.request, one.request),
  );
  const kept: typeof descending = [];
  let pods = 0;
  for (const entry of descending) {
    if (pods >= popularity * requests.length) break;
    kept.push(entry);
    pods += entry.pods;
  }
  return {
    typical: kept.map(({ request, pods: own }) => ({ request, share: own / pods })),
    ...ratios(requests),
  };
}

/** Without memory, as in the published measure. */
function requestKey({ cpuMilli, gpus, gpuMilli, models }: PodRequest): string {
  return [cpuMilli, gpus, gpuMilli, models.join("|")].join(" ");
}

function compareRequests(one: PodRequest, other: PodRequest): number {
  return (
    one.cpuMilli - other.cpuMilli ||
    one.gpuMilli - other.gpuMilli ||
    one.gpus - other.gpus ||
    one.models.join("|").localeCompare(other.models.join("|"))
  );
}

function ratios(requests: readonly PodRequest[]): Pick<WorkloadMix, "cpuMilliPerGpu" | "memoryMiBPerGpu"> {
  const sum = (of: (request: PodRequest) => number) => requests.reduce((total, one) => total + of(one), 0);
  const gpus = sum(({ gpus, gpuMilli }) => (gpus * gpuMilli) / 1000);
  // Without accelerators nothing is stranded for want of CPU or memory.
  if (gpus === 0) return { cpuMilliPerGpu: 0, memoryMiBPerGpu: 0 };
  return {
    cpuMilliPerGpu: sum(({ cpuMilli }) => cpuMilli) / gpus,
    memoryMiBPerGpu: sum(({ memoryMiB }) => memoryMiB) / gpus,
  };
}
