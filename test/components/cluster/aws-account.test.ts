import { Provider } from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { admitted, checkedMachine, liveAccount } from "../../../components/cluster/aws-account.ts";
import { block, fakeAccount, makePool, zones } from "../../support/aws-cluster.ts";
import { record } from "../../support/record.ts";

/** What an output holds; mocks are set by `record`. */
async function value(make: () => pulumi.Output<unknown>): Promise<unknown> {
  let held: Promise<unknown> | undefined;
  await record(() => {
    held = (make() as unknown as { promise(): Promise<unknown> }).promise();
  }, offers);
  return held;
}

const offers = {
  "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": { locations: ["us-east-1a"] },
  "aws:servicequotas/getServiceQuota:getServiceQuota": { value: 96 },
};

test("the account is asked for the zones that sell a machine, and for its quota", async () => {
  const account = () => liveAccount(new Provider("aws", { region: "us-east-1" }));
  expect(await value(() => account().offeredZones("p5.48xlarge"))).toEqual(["us-east-1a"]);
  expect(await value(() => account().vcpuLimit("L-417A185B"))).toBe(96);
});

test("a pool that the account can have gets its machine", async () => {
  const pool = makePool();
  expect(await value(() => checkedMachine(fakeAccount(), [], pool))).toBe("g6.4xlarge");
});

test.each([
  { case: "a zone (F100)", offered: zones.slice(1), vcpus: 128, path: "zones" },
  { case: "a vCPU beside the pools that came before (F98)", offered: zones, vcpus: 127, path: "nodes" },
])("a pool that the account lacks for is refused: $case", ({ offered, vcpus, path }) => {
  const earlier = [makePool({ name: "first" })];
  const ask = () => admitted(earlier, makePool(), offered, vcpus);
  expect(ask).toThrow(new RegExp(`NodePool "l4": 1 problem.*\n\n {2}${path}\n`));
});

test("a block counts against no quota", () => {
  const pool = makePool({ ...block, nodes: 100 });
  expect(admitted([], pool, zones, undefined)).toBe("p5.48xlarge");
});
