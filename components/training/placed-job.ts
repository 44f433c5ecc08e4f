/** What a gang says itself where no flavor of a queue writes it into its pods. */
import type { Taint } from "../cluster/contract.ts";
import type { GangJob } from "./gang-job.ts";

/** A gang of a queueing system that schedules by itself. */
export interface PlacedJob extends GangJob {
  /** Labels and taints of the nodes of its pool. */
  readonly pool: {
    readonly labels: Readonly<Record<string, string>>;
    readonly taints: readonly Taint[];
  };
}

/** Fields of the pods that bring them to their pool, and to no other scheduler. */
export function placement({ pool }: PlacedJob, schedulerName: string) {
  return {
    schedulerName,
    nodeSelector: { ...pool.labels },
    tolerations: pool.taints.map(({ key, value, effect }) => ({ key, operator: "Equal", value, effect })),
  };
}
