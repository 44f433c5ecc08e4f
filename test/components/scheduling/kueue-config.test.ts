import { expect, test } from "vitest";
import { z } from "zod";
import { kueueDefaults, kueueFields } from "../../../components/scheduling/kueue-config.ts";

const schema = z.strictObject(kueueFields);

test("what Kueue does where a configuration says nothing", () => {
  expect(kueueDefaults).toEqual({
    clientConnection: { qps: 300, burst: 500 },
    podsReady: {
      timeoutSeconds: 300,
      recoverySeconds: 180,
      retries: 10,
      backoffBaseSeconds: 60,
      backoffMaxSeconds: 3600,
      blockAdmission: false,
      requeueBy: "eviction",
    },
    preemption: { withinQueue: "lower-priority", reclaim: "any" },
  });
});

test.each([
  { case: "a queue that preempts equals", input: { preemption: { withinQueue: "any" } } },
  {
    case: "a priority that does not exist",
    input: { preemption: { borrowing: { highestPreempted: "top" } } },
  },
  { case: "no time to become ready", input: { podsReady: { timeoutSeconds: 0 } } },
  { case: "a Kueue that asks nothing", input: { clientConnection: { qps: 0 } } },
  { case: "a Kueue without bounds", input: { clientConnection: { burst: -1 } } },
  { case: "endless requeuing", input: { podsReady: { retries: 101 } } },
  {
    case: "a negative quota of a cohort",
    input: { cohortTree: [{ cohort: "c", quotas: [{ pool: "p", accelerators: -1 }] }] },
  },
  { case: "a cohort without weight", input: { cohortTree: [{ cohort: "c", fairSharingWeight: 0 }] } },
  { case: "usage that is forgotten at once", input: { admissionFairSharing: { usageHalfLifeSeconds: 0 } } },
  { case: "a negative weight", input: { admissionFairSharing: { cpuWeight: -1 } } },
  {
    case: "a provisioning class that is no name",
    input: { provisioning: [{ pool: "p", provisioningClass: "A b" }] },
  },
  { case: "jobs sent to no cluster", input: { multiKueue: { pools: ["p"], clusters: [] } } },
  {
    case: "more clusters than Kueue takes",
    input: {
      multiKueue: {
        pools: ["p"],
        clusters: Array.from({ length: 21 }, (_, i) => ({ name: `c${i}`, kubeconfigSecret: "k" })),
      },
    },
  },
])("refused: $case", ({ input }) => {
  expect(schema.safeParse(input).success).toBe(false);
});
