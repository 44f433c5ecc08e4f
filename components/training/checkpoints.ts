/** Where a run saves what it must not lose, and how long its pods have to do so when they must go. */
import { z } from "zod";
import type { Path, Problem } from "../planning/problem.ts";
import type { TeamQueue } from "../tenancy/team.ts";
import type { EnvironmentVariable, PodCheckpoints } from "./training-pod.ts";

/** The field of every kind of run that ends; default: the run keeps nothing. */
export const checkpoints = z
  .strictObject({
    /** Seconds that a pod has left once it is told to end, such as by a preemption. Default: 120. */
    graceSeconds: z.int().min(1).max(3600).default(120),
  })
  .optional();

export type Checkpoints = z.output<typeof checkpoints>;

/** The address is the same however often the run is preempted, restarted or made anew. */
const addressVariable = "PLINTH_CHECKPOINT_URL";
const jobVariable = "PLINTH_JOB";

/** What pods are given: the address of the run `job`, or of the one that a field of the pod names. */
export function podCheckpoints(
  wish: Checkpoints,
  { store }: Pick<TeamQueue, "store">,
  job: string | { readonly fieldPath: string },
): PodCheckpoints | undefined {
  if (!wish || !store) return undefined;
  const named: EnvironmentVariable[] =
    typeof job === "string"
      ? [{ name: addressVariable, value: `${store.url}/${job}` }]
      : [
          { name: jobVariable, valueFrom: { fieldRef: job } },
          { name: addressVariable, value: `${store.url}/$(${jobVariable})` },
        ];
  const variables = Object.entries(store.environment).map(([name, value]) => ({ name, value }));
  const { secret } = store;
  const keys = Object.entries(secret?.keys ?? {}).map(([name, key]) => ({
    name,
    valueFrom: { secretKeyRef: { name: secret?.name ?? "", key } },
  }));
  return { graceSeconds: wish.graceSeconds, environment: [...named, ...variables, ...keys] };
}

/** What a run's team and queue have for it. */
export interface CheckpointPlace {
  readonly team: string;
  readonly hasStore: boolean;
  /** Seconds after which a job whose pods are not ready is put back, where there is such a limit. */
  readonly readySeconds?: number | undefined;
}

/** Checkpoints without a store, or pods that go too late for the job that takes their place. */
export function checkpointProblems(path: Path, wish: Checkpoints, place: CheckpointPlace): Problem[] {
  if (!wish) return [];
  const { team, hasStore, readySeconds } = place;
  const problems: Problem[] = [];
  if (!hasStore) {
    problems.push({
      path: [...path, "checkpoints"],
      given: `graceSeconds: ${wish.graceSeconds}`,
      allowed: `nothing for team ${team}, which has no object store`,
      remedy: "let the team into the object store with objectStore: true, or leave checkpoints out",
    });
  }
  if (readySeconds !== undefined && wish.graceSeconds >= readySeconds) {
    problems.push({
      path: [...path, "checkpoints", "graceSeconds"],
      given: String(wish.graceSeconds),
      allowed: `less than ${readySeconds}: so long a job waits for the pods before it, then it is put back`,
      remedy: "lower graceSeconds, or raise queueing.podsReady.timeoutSeconds",
    });
  }
  return problems;
}

/** What the queue of a run has for it. */
export function checkpointPlace({ team, store, clusterQueue }: TeamQueue): CheckpointPlace {
  return { team, hasStore: store !== undefined, readySeconds: clusterQueue.readySeconds };
}
