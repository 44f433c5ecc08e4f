import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { refusePlacement } from "../../../components/scheduling/fixed-placement.ts";

const flavor = (spec: object) => ({ kind: "ResourceFlavor", metadata: { name: "h100" }, spec });
const spec = {
  nodeLabels: { "plinth.dev/pool": "h100" },
  nodeTaints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
  topologyName: "default",
};
const { topologyName: _, ...placeless } = spec;

test.each([
  { case: "nothing changed", before: spec, after: spec },
  { case: "taints, which are not fixed", before: spec, after: { ...spec, nodeTaints: [] } },
  { case: "its first Topology", before: placeless, after: spec },
  {
    case: "labels of one without a Topology",
    before: placeless,
    after: { ...placeless, nodeLabels: { "plinth.dev/pool": "other" } },
  },
])("a flavor may change: $case", ({ before, after }) => {
  expect(refusePlacement(flavor(before), flavor(after))).toBe(undefined);
});

test("an object of which nothing is remembered may be anything", () => {
  expect(refusePlacement({}, flavor(spec))).toBe(undefined);
});

test("another Topology, or none, is refused with the way out", () => {
  const remedy =
    "put back what changed of the pool or of what its nodes tell; or give the pool another name, with " +
    "a quota of its own, and take the old one out once its jobs are done";
  expect(() => refusePlacement(flavor(spec), flavor(placeless))).toThrow(
    new pulumi.RunError(
      `ResourceFlavor "h100": 1 problem in the configuration

  topologyName
    given    none
    allowed  "default", which it was made with: Kueue lets nobody change it
    do       ${remedy}
`,
    ),
  );
});

test("so are other levels, and other labels or tolerations of a flavor with a Topology", () => {
  const levels = (...labels: string[]) => ({ levels: labels.map((nodeLabel) => ({ nodeLabel })) });
  const topology = (own: object) => ({ kind: "Topology", metadata: { name: "default" }, spec: own });
  expect(() => refusePlacement(topology(levels("node")), topology(levels("rack", "node")))).toThrow(
    'Topology "default": 1 problem',
  );
  const other = { ...spec, nodeLabels: { "plinth.dev/pool": "b" }, tolerations: [{ key: "google.com/tpu" }] };
  expect(() => refusePlacement(flavor(spec), flavor(other))).toThrow(
    /2 problems[\s\S]*nodeLabels[\s\S]*tolerations/,
  );
});
