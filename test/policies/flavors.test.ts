import { expect, test } from "vitest";
import { nominalQuotas, resourceFlavors } from "../../policies/flavors.ts";
import { makePool, makeResource } from "../support/policy-objects.ts";

test("finds flavors with the labels of their nodes", () => {
  expect(resourceFlavors(makePool())).toEqual([
    {
      object: { metadata: { name: "h100" }, spec: { nodeLabels: { "plinth.dev/pool": "h100" } } },
      urn: "urn:ResourceFlavor/h100",
    },
  ]);
});

test("lists the quotas of queues and cohorts, numbers and quantities alike", () => {
  const flavor = "h100";
  const resource = "nvidia.com/gpu";
  expect(nominalQuotas(makePool()).filter((quota) => quota.resource === resource)).toEqual([
    { flavor, resource, holder: "vision-h100", amount: 8_000_000_000n },
    { flavor, resource, holder: "speech-h100", amount: 4_000_000_000n },
    { flavor, resource, holder: "platform", amount: 4_000_000_000n },
  ]);
});

test.each([
  { case: "no spec", props: {} },
  { case: "no groups", props: { spec: {} } },
  { case: "an empty group", props: { spec: { resourceGroups: [{}] } } },
  {
    case: "a flavor without resources",
    props: { spec: { resourceGroups: [{ flavors: [{ name: "h100" }] }] } },
  },
])("a queue with $case holds nothing", ({ props }) => {
  expect(nominalQuotas([makeResource("kueue.x-k8s.io/v1beta2:ClusterQueue", props)])).toEqual([]);
});
