import { expect, test } from "vitest";
import { kaiQueues } from "../../../components/scheduling/kai-queue.ts";
import { makePool, makeQueues } from "../../support/queueing-plan.ts";

test("a cohort's queue holds its teams'; every limit is stated, memory in millions of bytes", () => {
  const config = makeQueues({
    queues: [
      {
        team: "red",
        pool: "h100",
        cohort: "platform",
        accelerators: 8,
        borrowingLimit: 4,
        fairSharingWeight: 3,
      },
      { team: "blue", pool: "h100", cohort: "platform", accelerators: 16 },
    ],
  });
  expect(kaiQueues(config, [makePool("h100"), makePool("l40s")])).toEqual([
    {
      name: "platform.h100",
      pool: "h100",
      spec: {
        resources: {
          gpu: { quota: 24, limit: 24, overQuotaWeight: 1 },
          cpu: { quota: 240_000, limit: 240_000, overQuotaWeight: 1 },
          memory: { quota: 2517, limit: 2517, overQuotaWeight: 1 },
        },
      },
    },
    {
      name: "red-h100",
      pool: "h100",
      team: "red",
      spec: {
        parentQueue: "platform.h100",
        resources: {
          gpu: { quota: 8, limit: 12, overQuotaWeight: 3 },
          cpu: { quota: 80_000, limit: 120_000, overQuotaWeight: 3 },
          memory: { quota: 839, limit: 1259, overQuotaWeight: 3 },
        },
      },
    },
    {
      name: "blue-h100",
      pool: "h100",
      team: "blue",
      spec: {
        parentQueue: "platform.h100",
        resources: {
          gpu: { quota: 16, limit: 16, overQuotaWeight: 1 },
          cpu: { quota: 160_000, limit: 160_000, overQuotaWeight: 1 },
          memory: { quota: 1678, limit: 1678, overQuotaWeight: 1 },
        },
      },
    },
  ]);
});
