import { expect, test } from "vitest";
import { volcanoProblems } from "../../../components/scheduling/volcano-rules.ts";
import { makeQueueingPlan, makeQuotaPlan, places, type Settings } from "../../support/queueing-plan.ts";

test.each<{ case: string; settings: Settings; want: string[] }>([
  { case: "nothing said", settings: {}, want: [] },
  { case: "cohorts above cohorts", settings: { cohortTree: [{ cohort: "platform" }] }, want: [] },
  {
    case: "accelerators of a cohort",
    settings: { cohortTree: [{ cohort: "platform", quotas: [{ pool: "h100", accelerators: 8 }] }] },
    want: ["queueing.cohortTree[0].quotas[0]: a quota of a cohort"],
  },
  { case: "weights", settings: { fairSharing: true }, want: ["queueing.fairSharing: true"] },
  {
    case: "an order by past use",
    settings: { admissionFairSharing: {} },
    want: ["queueing.admissionFairSharing: settings of admissionFairSharing"],
  },
  { case: "preemption", settings: { preemption: {} }, want: ["queueing.preemption: settings of preemption"] },
  { case: "time to start", settings: { podsReady: {} }, want: ["queueing.podsReady: settings of podsReady"] },
  {
    case: "requests to the API server",
    settings: { clientConnection: {} },
    want: ["queueing.clientConnection: settings of clientConnection"],
  },
  { case: "jobs that grow", settings: { elasticJobs: true }, want: ["queueing.elasticJobs: true"] },
  {
    case: "nodes on order",
    settings: { provisioning: [{ pool: "h100", provisioningClass: "queued" }] },
    want: ["queueing.provisioning: settings of provisioning"],
  },
  {
    case: "other clusters",
    settings: { multiKueue: { pools: ["h100"], clusters: [{ name: "east", kubeconfigSecret: "east" }] } },
    want: ["queueing.multiKueue: settings of multiKueue"],
  },
])("$case", ({ settings, want }) => {
  expect(places(volcanoProblems(makeQueueingPlan({ backend: "volcano", ...settings })))).toEqual(want);
});

test("a reserve is no problem: it becomes a guarantee", () => {
  const plan = makeQueueingPlan({ backend: "volcano" }, { quotas: [makeQuotaPlan({ lendingLimit: 4 })] });
  expect(volcanoProblems(plan)).toEqual([]);
});

test.each([
  { case: "one borrower takes all but the reserve", gold: 0, red: 24, want: [] },
  { case: "two who together leave the reserve alone", gold: 4, red: 4, want: [] },
  {
    case: "two who together reach into it",
    gold: 8,
    red: 8,
    want: [
      "teams[0].quotas[0].lendingLimit: " + "8 accelerators kept back from teams that could together hold 24",
    ],
  },
])("a reserve against several borrowers: $case", ({ gold, red, want }) => {
  const quotas = [
    makeQuotaPlan({ team: "blue", accelerators: 16, lendingLimit: 8 }),
    makeQuotaPlan({ team: "red", accelerators: 8, borrowingLimit: red }),
    makeQuotaPlan({ team: "gold", accelerators: 0, borrowingLimit: gold }),
    makeQuotaPlan({ team: "gold", pool: "l40s", accelerators: 64, borrowingLimit: 64 }),
  ];
  const plan = makeQueueingPlan({ backend: "volcano" }, { quotas });
  expect(places(volcanoProblems(plan))).toEqual(want);
  expect(volcanoProblems({ ...plan, lendersKnown: false })).toEqual([]);
});

test("a cluster that cannot run it is refused", () => {
  const abilities = { charts: ["kueue" as const], provisioningClasses: [] };
  const plan = makeQueueingPlan({ backend: "volcano" }, { abilities });
  expect(places(volcanoProblems(plan))).toEqual(['queueing.backend: "volcano"']);
});
