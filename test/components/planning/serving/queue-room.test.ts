import { expect, test } from "vitest";
import { modelFacts } from "../../../../components/catalogue/models.ts";
import type { ModelPool, ModelRequest } from "../../../../components/planning/serving/model-plan.ts";
import {
  profileQuotaProblems,
  rolloutProblems,
  serverBackendProblems,
} from "../../../../components/planning/serving/queue-room.ts";

const path = ["inferenceServers", 0];
const layouts = [{ nodes: 2, profiles: { "1g.10gb": 4, "3g.40gb": 1 } }];
const pool: ModelPool = {
  ...{ name: "slices", accelerator: "nvidia-h100-80gb-sxm", nodes: 2, acceleratorsPerNode: 8 },
  sharing: { mode: "mig", layouts },
};
const request: ModelRequest = {
  ...{ path, name: "chat", team: "research", pool: "slices", profile: "3g.40gb" },
  ...{ modelName: "llama", model: modelFacts("meta-llama/Llama-3.2-1B-Instruct") },
  parallelism: { tensor: 1, pipeline: 1, data: 1, expert: false },
  settings: { engine: "plinth" },
  headroom: { failover: 0, surge: 1 },
};

test("Deployments wait in Kueue alone", () => {
  expect(serverBackendProblems(path, "kueue")).toEqual([]);
  expect(serverBackendProblems(path, "kai")).toEqual([
    {
      path: [...path, "pool"],
      given: 'a server on accelerators with backend "kai"',
      allowed: "none: it would count its pods in nobody's quota",
      remedy: 'use backend "kueue", or leave out the pool',
    },
  ]);
});

test("slices of which the team has none", () => {
  const profiles = [{ profile: "1g.10gb" }, { profile: "3g.40gb" }];
  expect(profileQuotaProblems(request, pool, profiles)).toEqual([]);
  // That the pool has no such slices is told elsewhere.
  expect(profileQuotaProblems({ ...request, profile: "7g.80gb" }, pool, profiles)).toEqual([]);
  expect(profileQuotaProblems(request, pool, profiles.slice(0, 1))).toEqual([
    {
      path: [...path, "profile"],
      given: '"3g.40gb"',
      allowed: "a profile of which team research has a quota in pool slices: 1g.10gb",
      remedy: "choose one of these, or give team research a quota of 3g.40gb",
    },
  ]);
});

test("the largest of them is rolled out with everything else in place", () => {
  const quota = { team: "research", pool: "slices", accelerators: 8, borrowingLimit: 1 };
  const own = [
    { request, accelerators: 4, surge: 1 },
    { request: { ...request, name: "large" }, accelerators: 4, surge: 2 },
  ];
  expect(rolloutProblems([], quota)).toEqual([]);
  expect(rolloutProblems(own, { ...quota, borrowingLimit: 2 })).toEqual([]);
  expect(rolloutProblems(own, quota)).toMatchObject([
    {
      path: [...path, "headroom", "surge"],
      remedy: "raise the quota by 1, or lower surge",
      given: "10 in pool slices at the height of a rollout of large",
      allowed: "9, what team research owns and may borrow there",
    },
  ]);
});

test("a server has no headroom that could be lowered", () => {
  const quota = { team: "research", pool: "slices", accelerators: 4, borrowingLimit: 0 };
  const server = { ...request, isServer: true };
  expect(rolloutProblems([{ request: server, accelerators: 4, surge: 1 }], quota)).toMatchObject([
    { path: [...path, "replicas"], remedy: "raise the quota by 1, or lower replicas" },
  ]);
});
