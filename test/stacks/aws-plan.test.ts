import { expect, test } from "vitest";
import { awsStack } from "../../stacks/aws-config.ts";
import { awsPlannedPools } from "../../stacks/aws-plan.ts";
import { makeAwsStack } from "../support/cloud/aws-stack.ts";

function plan(capacity: object, region = "us-east-1") {
  const stack = makeAwsStack();
  const zones = [`${region}a`];
  Object.assign(stack.aws, { region, zones: ["a", "b", "c"].map((letter) => `${region}${letter}`) });
  stack.pools.splice(0, 1);
  Object.assign(stack.pools[0], { capacity, zones });
  const [pool] = awsPlannedPools(awsStack.parse(stack));
  return pool;
}

test("machines cost what their region's price says: 1.3232 x 730 x 8", () => {
  expect(plan({ type: "on-demand" })?.cost).toMatchObject({ usdPerMonth: 7727.49 });
  expect(plan({ type: "reservation", id: "cr-00000000" })?.cost).toMatchObject({ usdPerMonth: 7727.49 });
});

const known = "; known: on-demand in us-east-1 (2026-07-20)";

test.each([
  { case: "spot", capacity: { type: "spot" }, region: "us-east-1", known },
  { case: "a block", capacity: { type: "capacity-block", id: "cr-00000000" }, region: "us-east-1" },
  { case: "another region", capacity: { type: "on-demand" }, region: "eu-west-1", known },
])("no price is taken for another: $case", ({ capacity, region, known = "" }) => {
  expect(plan(capacity, region)?.cost).toEqual({
    unknown: `no price for g6.4xlarge, ${capacity.type} in ${region}${known}`,
  });
});
