import { expect, test } from "vitest";
import { parseConfig } from "../../components/config.ts";
import { stackConfig } from "../../stacks/config.ts";
import { planRequest } from "../../stacks/plan-request.ts";
import { placeholder as image, makeStack } from "../support/builders.ts";
import { firstJobs, sharedStack } from "../support/shared-stack.ts";
import { makeOnpremStack } from "../support/site.ts";

function requestOf(stack: object) {
  return planRequest(parseConfig(stackConfig, stack, "stack"));
}

test("simulated pools have no price unless the stack asks for one", () => {
  const { pools } = requestOf(makeStack());
  expect(pools.map(({ machine, cost }) => [machine, cost])).toEqual([
    ["p5.48xlarge", { unknown: "simulated; `pricing` asks what a cloud takes" }],
    ["g6e.12xlarge", { unknown: "simulated; `pricing` asks what a cloud takes" }],
  ]);
});

test("a site's own machines have no price here", () => {
  const [pool] = requestOf(makeOnpremStack()).pools;
  expect([pool?.machine, pool?.cost]).toEqual(["the site's own", { unknown: "the site's own machines" }]);
});

test("what the stack says that it pays comes before any other price: 35 x 730 x 4", () => {
  const prices = [{ pool: "h100", usdPerHour: 35 }];
  const { pools } = requestOf({ ...makeStack(), pricing: { region: "us-east-1" }, prices });
  expect(pools.map(({ cost }) => ("usdPerMonth" in cost ? cost.usdPerMonth : cost))).toEqual([
    102_200, 15_319.25,
  ]);
});

test("prices of a region that the stack names: 55.04 x 730 x 4, 10.49264 x 730 x 2", () => {
  const { pools } = requestOf({ ...makeStack(), pricing: { region: "us-east-1" } });
  expect(pools.map(({ cost }) => ("usdPerMonth" in cost ? cost.usdPerMonth : cost))).toEqual([
    160_716.8, 15_319.25,
  ]);
});

test("a region without prices is told, with those that are known", () => {
  const { pools } = requestOf({ ...makeStack(), pricing: { region: "eu-west-1", capacity: "spot" } });
  expect(pools[0]?.cost).toEqual({
    unknown: "no price for p5.48xlarge, spot in eu-west-1; known: on-demand in us-east-1 (2026-07-20)",
  });
});

test("jobs and notebooks ask for accelerators of their team's quota", () => {
  const notebooks = [{ name: "lab", team: "vision", pool: "h100", owner: "ada", image, accelerators: 1 }];
  const { workloads } = requestOf({ ...makeStack(), notebooks });
  expect(workloads).toEqual([
    { kind: "gang", name: "pretrain", team: "research", pool: "h100", accelerators: 16, perPod: [8] },
    { kind: "notebook", name: "lab", team: "vision", pool: "h100", accelerators: 1, perPod: [1] },
  ]);
});

test("slices are asked for by their profile", () => {
  const { workloads } = requestOf(sharedStack(firstJobs));
  const sliced = workloads.filter(({ pool }) => pool === "slices");
  expect(sliced.map(({ name, profile, accelerators }) => [name, profile, accelerators])).toEqual([
    ["scan", "1g.10gb", 16],
    ["train", "3g.40gb", 3],
    ["last", "3g.40gb", 1],
  ]);
});

test("what a cohort owns stands beside what teams own", () => {
  const stack = makeStack();
  Object.assign(stack.pools[1] ?? {}, { nodes: 3 });
  const cohortTree = [{ cohort: "platform", quotas: [{ pool: "l40s", accelerators: 4 }] }];
  const { quotas } = requestOf({ ...stack, queueing: { ...stack.queueing, cohortTree } });
  expect(quotas.map(({ team, pool, accelerators }) => [team, pool, accelerators])).toEqual([
    ["research", "h100", 16],
    ["vision", "h100", 16],
    ["vision", "l40s", 8],
    ["cohort platform", "l40s", 4],
  ]);
});
