import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { fixedSettings, refuseChanges } from "../../../components/cluster/fixed-settings.ts";
import { record } from "../../support/record.ts";

const made = { region: "us-central1", "network.nodes": "10.0.0.0/20", "network.pods": "10.64.0.0/12" };

test("what a cluster is made with is remembered", async () => {
  const resources = await record(() => fixedSettings("ai", 'cluster "ai"', made));
  expect(resources.map(({ type, name, inputs }) => [type, name, inputs])).toEqual([
    ["plinth:cluster:FixedSettings", "ai", made],
  ]);
});

test.each([
  { case: "nothing changed", after: made },
  { case: "a setting that nothing is remembered of", after: { ...made, "network.services": "10.96.0.0/20" } },
  { case: "a setting that is no more", after: { region: "us-central1" } },
])("$case", ({ after }) => {
  expect(refuseChanges('cluster "ai"', made, after)).toBe(undefined);
});

test("every change is refused, with what stands", () => {
  const after = { ...made, "network.nodes": "10.0.0.0/18", "network.pods": "10.32.0.0/12" };
  const remedy = "put it back; for another, bring up a cluster of another name beside it, and move";
  expect(() => refuseChanges('cluster "ai"', made, after)).toThrow(
    new pulumi.RunError(
      `cluster "ai": 2 problems in the configuration

  network.nodes
    given    10.0.0.0/18
    allowed  10.0.0.0/20, which the cluster was made with and which cannot be changed
    do       ${remedy}

  network.pods
    given    10.32.0.0/12
    allowed  10.64.0.0/12, which the cluster was made with and which cannot be changed
    do       ${remedy}
`,
    ),
  );
});
