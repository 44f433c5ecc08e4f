import { expect, test } from "vitest";
import { queueingConfig } from "../../../components/scheduling/queueing-config.ts";

const queue = { team: "a", pool: "p", cohort: "c", accelerators: 8 };

test("what is left out: borrows nothing, lends all, weighs one", () => {
  expect(queueingConfig.parse({ cohorts: ["c"], queues: [queue] })).toEqual({
    backend: "kueue",
    cohorts: ["c"],
    fairSharing: false,
    cohortTree: [],
    controllers: ["jobset", "trainer", "lws", "kuberay", "mpi"],
    elasticJobs: false,
    provisioning: [],
    queues: [{ ...queue, borrowingLimit: 0, fairSharingWeight: 1 }],
  });
});

test.each([
  { case: "no cohort", input: { cohorts: [], queues: [] } },
  { case: "another backend", input: { cohorts: ["c"], queues: [], backend: "slurm" } },
  { case: "endless retries", input: { cohorts: ["c"], queues: [], podsReady: { retries: 101 } } },
  { case: "no weight", input: { cohorts: ["c"], queues: [{ ...queue, fairSharingWeight: 0 }] } },
  { case: "negative lending", input: { cohorts: ["c"], queues: [{ ...queue, lendingLimit: -1 }] } },
  { case: "an unknown field", input: { cohorts: ["c"], queues: [{ ...queue, gpus: 1 }] } },
])("refused: $case", ({ input }) => {
  expect(queueingConfig.safeParse(input).success).toBe(false);
});
