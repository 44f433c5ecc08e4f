import { describe, expect, test } from "vitest";
import { requireLimit, unequalAccelerators } from "../../../policies/gpu/require-limit.ts";
import { workloadsOf } from "../../../policies/workloads.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeQueued, workloadKinds } from "../../support/policy-objects.ts";

const gpu = "nvidia.com/gpu";
const remedy = "they must be equal, set both to the same number.";

test.each([
  { case: "no accelerators", resources: { requests: { cpu: "1" } }, want: [] },
  {
    case: "equal, written differently",
    resources: { requests: { [gpu]: 2 }, limits: { [gpu]: "2000m" } },
    want: [],
  },
  {
    case: "no limit (F14)",
    resources: { requests: { [gpu]: "1" } },
    want: [`request 1 and limit unset of ${gpu}; ${remedy}`],
  },
  {
    case: "no request",
    resources: { limits: { [gpu]: "1" } },
    want: [`request unset and limit 1 of ${gpu}; ${remedy}`],
  },
  {
    case: "limit above request",
    resources: { requests: { [gpu]: "1" }, limits: { [gpu]: "8" } },
    want: [`request 1 and limit 8 of ${gpu}; ${remedy}`],
  },
  {
    case: "two resources",
    resources: {
      requests: { [gpu]: "1", "google.com/tpu": "4" },
      limits: { "google.com/tpu": "8" },
    },
    want: [
      `request 1 and limit unset of ${gpu}; ${remedy}`,
      `request 4 and limit 8 of google.com/tpu; ${remedy}`,
    ],
  },
])("$case", ({ resources, want }) => {
  const job = makeQueued("batch/v1:Job", { container: { resources: resources as Record<string, object> } });
  const messages = want.map((found) => `Job "train": container "main" has ${found}`);
  const workload = workloadsOf(job)[0];
  expect(workload && [...unequalAccelerators(workload)]).toEqual(messages);
  expect(findings([job])).toEqual(only(requireLimit, messages));
});

describe.each(workloadKinds)("%s", (kind) => {
  test("is judged", () => {
    const container = { resources: { requests: { [gpu]: "1" } } };
    expect(findings([makeQueued(kind, { container })])).toEqual(
      only(requireLimit, [
        `${kind.replace(/.*:/, "")} "train": container "main" has request 1 and limit unset of ${gpu}; ` +
          remedy,
      ]),
    );
  });
});
