import { expect, test } from "vitest";
import {
  flavorsWithoutNodes,
  requireFlavorNodes,
} from "../../../policies/scheduling/require-flavor-nodes.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeFlavor, makePool, makeQuotaHolder } from "../../support/policy-objects.ts";

const lost = (name: string, labels: string) =>
  `ResourceFlavor "${name}": none of the stack's nodes (2) has the labels ${labels}; correct ` +
  "spec.nodeLabels, or ignore this when the pool is made elsewhere.";

test.each([
  { case: "the pool's labels", flavor: makeFlavor("more", { "plinth.dev/pool": "h100" }), want: [] },
  { case: "no labels", flavor: makeFlavor("any", {} as { "plinth.dev/pool": string }), want: [] },
  { case: "the wrong case", flavor: makeFlavor("H100"), want: [lost("H100", "plinth.dev/pool=H100")] },
])("$case", ({ flavor, want }) => {
  const { name } = flavor.props.metadata as { name: string };
  const stack = [...makePool(), flavor, makeQuotaHolder("ClusterQueue", "late", name, { cpu: 1 })];
  expect([...flavorsWithoutNodes(stack)]).toEqual(want.map((message) => ({ message, urn: flavor.urn })));
  expect(findings(stack)).toEqual(only(requireFlavorNodes, want));
});

test("without nodes in the stack there is nothing to select", () => {
  expect(findings([makeFlavor("h100")])).toEqual([]);
});
