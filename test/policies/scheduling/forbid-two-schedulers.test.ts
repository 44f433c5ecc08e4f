import { expect, test } from "vitest";
import { doubleAdmission, forbidTwoSchedulers } from "../../../policies/scheduling/forbid-two-schedulers.ts";
import { workloadsOf } from "../../../policies/workloads.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeQueued, makeUnqueued } from "../../support/policy-objects.ts";

const volcano = { schedulerName: "volcano" };
const twice =
  'Job "train": waits in the Kueue queue "h100" and is scheduled by volcano; remove schedulerName, ' +
  "or remove the label kueue.x-k8s.io/queue-name.";

test.each([
  { case: "queue and volcano", job: makeQueued("batch/v1:Job", { spec: volcano }), want: [twice] },
  {
    case: "queue",
    job: makeQueued("batch/v1:Job", { spec: { schedulerName: "default-scheduler" } }),
    want: [],
  },
  { case: "volcano", job: makeUnqueued("batch/v1:Job", { spec: volcano }), want: [] },
])("$case", ({ job, want }) => {
  const workload = workloadsOf(job)[0];
  expect(workload && [...doubleAdmission(workload)]).toEqual(want);
  expect(findings([job])).toEqual(only(forbidTwoSchedulers, want));
});
