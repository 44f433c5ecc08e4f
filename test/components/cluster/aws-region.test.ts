import { expect, test } from "vitest";
import { awsRegion } from "../../../components/cluster/aws-region.ts";
import { parseConfig } from "../../../components/config.ts";

test.each(["us-east-1", "eu-central-2", "ap-southeast-7", "mx-central-1"])("%s is one", (region) => {
  expect(awsRegion.parse(region)).toBe(region);
});

test.each([
  { region: "us-gov-west-1", partition: "aws-us-gov" },
  { region: "cn-north-1", partition: "aws-cn" },
  { region: "us-isob-east-1", partition: "aws-iso-b" },
])("$region is refused for its partition", ({ region, partition }) => {
  expect(() => parseConfig(awsRegion, region, "region")).toThrow(
    `given    ${region}, of the partition ${partition}\n    allowed  a region of the partition "aws"`,
  );
});

test("what is no region is told once", () => {
  expect(() => parseConfig(awsRegion, "virginia", "region")).toThrow("1 problem");
});
