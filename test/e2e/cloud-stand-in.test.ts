/** The stand-in for a cloud under the real engine: it refuses, compares and keeps like a provider. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type InstalledClouds, installClouds } from "../support/cloud/install.ts";
import { type CliResult, type PulumiWorkspace, pulumiWorkspace } from "../support/pulumi-cli.ts";

let workspace: PulumiWorkspace;
let clouds: InstalledClouds;

beforeAll(async () => {
  workspace = await pulumiWorkspace({ "index.ts": "" });
  const root = join(workspace.directory, "..");
  clouds = installClouds(join(root, "home"), join(root, "clouds"));
});
afterAll(() => workspace.remove());

const head = `
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
const provider = new aws.Provider("aws", { region: "us-east-1" });
`;

function program(text: string): void {
  writeFileSync(join(workspace.directory, "index.ts"), head + text);
}

/** Steps of a preview by URN's last part, without what stays as it is. */
function steps({ stdout }: CliResult): Record<string, string> {
  const found: { op: string; urn: string }[] = JSON.parse(stdout).steps;
  const changed = found.filter(({ op, urn }) => op !== "same" && !urn.includes("pulumi:pulumi:Stack"));
  return Object.fromEntries(changed.map(({ op, urn }) => [urn.split("::").at(-1), op]));
}

const group = (size: string, type: string, image: string) => `
const template = new aws.ec2.LaunchTemplate("template", { imageId: "${image}" }, { provider });
new aws.eks.NodeGroup("group", {
  clusterName: "main",
  nodeGroupName: "gpus",
  nodeRoleArn: "arn:aws:iam::123456789012:role/node",
  subnetIds: ["subnet-1"],
  instanceTypes: ["${type}"],
  scalingConfig: { desiredSize: 0, minSize: 0, maxSize: ${size} },
  launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
}, { provider });
`;

test("everything that the SDK does not declare is refused at preview, all at once", async () => {
  program(`
class Group extends pulumi.CustomResource {}
const wrong = { clusterNam: "main", subnetIds: "subnet-1", taints: [{ key: "a", efect: "x" }] };
new Group("aws:eks/nodeGroup:NodeGroup", "group", wrong, { provider });
`);
  const { code, output } = await workspace.run(["preview"]);
  expect(code).not.toBe(0);
  for (const reason of [
    "NodeGroupArgs declares no clusterNam",
    "NodeGroupArgs requires clusterName",
    "eks.NodeGroupTaint declares no efect",
    "eks.NodeGroupTaint requires effect",
    '"subnet-1" is not a list',
  ]) {
    expect(output).toContain(reason);
  }
});

test("an update makes what a preview foretold, and only what forces it is replaced", async () => {
  program(group("2", "g6.xlarge", "ami-1"));
  expect(steps(await workspace.run(["preview", "--json"]))).toEqual({
    aws: "create",
    template: "create",
    group: "create",
  });
  const up = await workspace.run(["up", "--yes", "--skip-preview"]);
  expect(up.output).toContain("4 created");
  expect(clouds.existing("aws")["aws:eks/nodeGroup:NodeGroup"]).toEqual(["gpus"]);

  expect(steps(await workspace.run(["preview", "--json"]))).toEqual({});
  program(group("3", "g6.xlarge", "ami-2"));
  expect(steps(await workspace.run(["preview", "--json"]))).toEqual({ template: "update", group: "update" });
  program(group("2", "g6.2xlarge", "ami-1"));
  expect(steps(await workspace.run(["preview", "--json"]))).toEqual({ group: "replace" });
});

test("what an update changed is what a refresh finds", async () => {
  program(group("3", "g6.xlarge", "ami-2"));
  await workspace.run(["up", "--yes", "--skip-preview"]);
  const refresh = await workspace.run(["refresh", "--yes", "--skip-preview"]);
  expect(refresh.output).toContain("4 unchanged");
  const state = JSON.parse((await workspace.run(["stack", "export"])).stdout).deployment.resources;
  const outputs = state.find(({ urn }: { urn: string }) => urn.endsWith("::template")).outputs;
  expect(outputs.latestVersion).toBe(2);
  expect(outputs.arn).toMatch(/^arn:aws:ec2:us-east-1:123456789012:launchtemplate\/template-/);
  const destroy = await workspace.run(["destroy", "--yes", "--skip-preview"]);
  expect(destroy.code).toBe(0);
  expect(clouds.existing("aws")).toEqual({});
});
