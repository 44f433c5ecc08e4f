import { expect, test } from "vitest";
import { requireQueue, unqueuedWorkloads } from "../../../policies/gpu/require-queue.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeQueued, makeTeam, makeUnqueued } from "../../support/policy-objects.ts";

const team = Object.values(makeTeam());
const unqueued =
  'Job "train": requests nvidia.com/gpu without a queue in the team namespace "vision"; ' +
  "set the label kueue.x-k8s.io/queue-name to one of the namespace's LocalQueues.";

test.each([
  { case: "queued", job: makeQueued("batch/v1:Job"), want: [] },
  { case: "in a namespace of no team", job: makeUnqueued("batch/v1:Job"), want: [] },
  {
    case: "no accelerators",
    job: makeUnqueued("batch/v1:Job", { namespace: "vision", container: { resources: {} } }),
    want: [],
  },
  {
    case: "claims past the queue",
    job: makeUnqueued("batch/v1:Job", {
      namespace: "vision",
      container: { resources: {} },
      spec: { resourceClaims: [{ name: "cards", resourceClaimTemplateName: "cards" }] },
    }),
    want: [unqueued.replace("nvidia.com/gpu", "claim cards")],
  },
  { case: "past the queue", job: makeUnqueued("batch/v1:Job", { namespace: "vision" }), want: [unqueued] },
])("$case", ({ job, want }) => {
  const problems = want.map((message) => ({ message, urn: "urn:Job/train" }));
  expect([...unqueuedWorkloads([...team, job])]).toEqual(problems);
  expect(findings([...team, job])).toEqual(only(requireQueue, want));
});
