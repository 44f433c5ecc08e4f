import { expect, test } from "vitest";
import type { StackResource } from "../../../policies/resources.ts";
import {
  excessQuotas,
  limitClusterQueueQuota,
} from "../../../policies/scheduling/limit-cluster-queue-quota.ts";
import { findings, only } from "../../support/policy-findings.ts";
import {
  makeFlavor,
  makeNode,
  makePool,
  makeQuotaHolder,
  makeResource,
} from "../../support/policy-objects.ts";

const quota = (quotas: Record<string, string | number>, flavor = "h100") =>
  makeQuotaHolder("ClusterQueue", "late", flavor, quotas);
/** One accelerator of the first node, for claims that share it. */
const claimed = makeResource("resource.k8s.io/v1:ResourceSlice", {
  metadata: { name: "h100-0-gpu" },
  spec: {
    driver: "gpu.nvidia.com",
    nodeName: "h100-0",
    devices: [
      {
        attributes: { type: { string: "gpu" } },
        capacity: { memory: { value: "20Gi" } },
        allowMultipleAllocations: true,
      },
    ],
  },
});
const held = "vision-h100 8, speech-h100 4";

test.each<{ case: string; more: StackResource[]; want: string[] }>([
  { case: "the pool is full", more: [], want: [] },
  { case: "a quota of zero", more: [quota({ "nvidia.com/gpu": 0 })], want: [] },
  { case: "one more node", more: [makeNode("h100-2", "h100"), quota({ "nvidia.com/gpu": 8 })], want: [] },
  {
    case: "a new node, whose size a preview does not tell",
    more: [
      makeResource("core/v1:Node", { metadata: { labels: { "plinth.dev/pool": "h100" } } }),
      quota({ "nvidia.com/gpu": 8 }),
    ],
    want: [],
  },
  { case: "a resource that no node offers", more: [quota({ credits: 1000 })], want: [] },
  {
    case: "another flavor's pool",
    more: [makeNode("a", "l40s"), makeFlavor("l40s"), quota({ cpu: 128 }, "l40s")],
    want: [],
  },
  {
    case: "one accelerator too many",
    more: [quota({ "nvidia.com/gpu": 1 })],
    want: [
      `ResourceFlavor "h100": queues hold 17 of nvidia.com/gpu (${held}, late 1, platform 4) ` +
        "but its nodes (2) have 16; lower nominalQuota by 1 or add nodes.",
    ],
  },
  {
    case: "a cohort's own quota counts",
    more: [makeQuotaHolder("Cohort", "spare", "h100", { "nvidia.com/gpu": 2 })],
    want: [
      `ResourceFlavor "h100": queues hold 18 of nvidia.com/gpu (${held}, platform 4, spare 2) ` +
        "but its nodes (2) have 16; lower nominalQuota by 2 or add nodes.",
    ],
  },
  {
    case: "an accelerator that the pool does not have",
    more: [quota({ "google.com/tpu": 4 })],
    want: [
      'ResourceFlavor "h100": queues hold 4 of google.com/tpu (late 4) but its nodes (2) have 0; lower ' +
        "nominalQuota by 4 or add nodes.",
    ],
  },
  {
    case: "more memory for claims than the accelerators have",
    more: [claimed, quota({ "nvidia.com/gpu.memory": "21Gi" })],
    want: [
      'ResourceFlavor "h100": queues hold 21Gi of nvidia.com/gpu.memory (late 21Gi) but its nodes (2) have ' +
        "20Gi; lower nominalQuota by 1Gi or add nodes.",
    ],
  },
  {
    case: "claims on all the memory that there is",
    more: [claimed, quota({ "nvidia.com/gpu.memory": "20Gi" })],
    want: [],
  },
  {
    case: "half a core and a megabyte too many",
    more: [quota({ cpu: "256500m", memory: "1Mi" })],
    want: [
      'ResourceFlavor "h100": queues hold 2097153Mi of memory (vision-h100 1Ti, speech-h100 512Gi, ' +
        "late 1Mi, platform 512Gi) but its nodes (2) have 2Ti; lower nominalQuota by 1Mi or add nodes.",
      'ResourceFlavor "h100": queues hold 256500m of cpu (late 256500m) but its nodes (2) have 256; lower ' +
        "nominalQuota by 500m or add nodes.",
    ],
  },
])("$case", ({ more, want }) => {
  const stack = [...makePool(), ...more];
  const problems = want.map((message) => ({ message, urn: "urn:ResourceFlavor/h100" }));
  expect([...excessQuotas(stack)]).toEqual(problems);
  expect(findings(stack)).toEqual(only(limitClusterQueueQuota, want));
});

test("without nodes in the stack there is nothing to compare with", () => {
  expect(findings([makeFlavor("h100"), quota({ "nvidia.com/gpu": 1000 })])).toEqual([]);
});
