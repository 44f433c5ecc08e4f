/** A gang of two pods for a queueing system that schedules by itself. */
import type { PlacedJob } from "../../components/training/placed-job.ts";

export function makePlacedJob(change: Partial<PlacedJob> = {}): PlacedJob {
  return {
    name: "pretrain",
    namespace: "research",
    labels: { "plinth.dev/team": "research" },
    queue: "research-h100",
    priority: "normal",
    serviceAccount: "workload",
    image: "trainer@sha256:1",
    nodes: 2,
    acceleratorsPerNode: 8,
    requests: { cpu: "184", memory: "2040Gi", "nvidia.com/gpu": "8" },
    sharedMemory: "510Gi",
    retries: 3,
    timeoutSeconds: 3600,
    podAnnotations: {},
    pool: {
      labels: { "plinth.dev/pool": "h100" },
      taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
    },
    ...change,
  };
}
