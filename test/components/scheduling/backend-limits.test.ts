import { expect, test } from "vitest";
import { poolDevices } from "../../../components/planning/sharing.ts";
import {
  chartProblems,
  sharedPoolProblems,
  unableProblems,
} from "../../../components/scheduling/backend-limits.ts";
import { queueingBackends } from "../../../components/scheduling/backends.ts";
import { makeQueueingPlan, makeQuotaPlan } from "../../support/queueing-plan.ts";

test("only what is asked for is refused, each with the reason and the way out", () => {
  const plan = makeQueueingPlan({ fairSharing: true, podsReady: { retries: 1 } });
  const limits = { fairSharing: "it is unfair", podsReady: "it is patient", elasticJobs: "it is stiff" };
  expect(unableProblems(plan, "volcano", limits)).toEqual([
    {
      path: ["queueing", "fairSharing"],
      given: "true",
      allowed: 'false with backend "volcano": it is unfair',
      remedy: 'leave fairSharing out, or use backend "kueue"',
    },
    {
      path: ["queueing", "podsReady"],
      given: "settings of podsReady",
      allowed: 'nothing with backend "volcano": it is patient',
      remedy: 'leave podsReady out, or use backend "kueue"',
    },
  ]);
  expect(unableProblems(makeQueueingPlan({}), "volcano", limits)).toEqual([]);
});

test("a system that the cluster cannot run is refused, with those that it can", () => {
  expect(chartProblems(makeQueueingPlan({ backend: "kai" }))).toEqual([
    {
      path: ["queueing", "backend"],
      given: '"kai"',
      allowed: "one of kueue, volcano, which this cluster can run",
      remedy: 'use backend "kueue", or a cluster that can pull the images of kai',
    },
  ]);
  expect(chartProblems(makeQueueingPlan({ backend: "volcano" }))).toEqual([]);
});

const size = { accelerator: "nvidia-h100-80gb-sxm", nodes: 1, acceleratorsPerNode: 8 } as const;

test.each([
  { case: "whole accelerators", sharing: { mode: "dedicated" }, want: [] },
  { case: "replicas", sharing: { mode: "mps", replicas: 4, rename: true }, want: ["replicas"] },
  {
    case: "slices",
    sharing: { mode: "mig", layouts: [{ nodes: 1, profiles: { "1g.10gb": 7 } }] },
    want: ["slices 1g.10gb"],
  },
] as const)("a quota in a pool of $case", ({ sharing, want }) => {
  const devices = poolDevices({ ...size, sharing });
  const pools = [{ ...size, path: ["pools", 0], name: "h100", devices }];
  const plan = makeQueueingPlan({ backend: "volcano" }, { pools, quotas: [makeQuotaPlan()] });
  expect(sharedPoolProblems(plan, "volcano")).toEqual(
    want.map((nouns) => ({
      path: ["teams", 0, "quotas", 0, "pool"],
      given: `pool h100, which offers ${nouns}`,
      allowed: 'a pool of whole accelerators with backend "volcano"',
      remedy: 'set sharing.mode of the pool to "dedicated", or use backend "kueue"',
    })),
  );
  expect(queueingBackends.volcano.problems(plan)).toHaveLength(want.length);
  expect(queueingBackends.kai.problems(plan)).toHaveLength(want.length);
});
