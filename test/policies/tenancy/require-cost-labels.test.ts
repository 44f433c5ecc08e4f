import { expect, test } from "vitest";
import { missingCostLabels, requireCostLabels } from "../../../policies/tenancy/require-cost-labels.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeQueued, makeTeam, type WorkloadChange } from "../../support/policy-objects.ts";

const missing = (label: string) => `has no label ${label}; set it to the name that the cost is charged to.`;
const invalid = (label: string, value: string) =>
  `has the label ${label} "${value}"; use 1 to 63 letters, digits, "-", "_" or ".", with a letter or ` +
  "digit at both ends.";

const rows: { case: string; labels: Record<string, string>; want: string[] }[] = [
  { case: "both labels", labels: { team: "vision", "cost-center": "4711" }, want: [] },
  { case: "longest value", labels: { team: "a".repeat(63), "cost-center": "R.d_4-7" }, want: [] },
  { case: "no cost centre", labels: { team: "vision" }, want: [missing("plinth.dev/cost-center")] },
  {
    case: "empty value",
    labels: { team: "vision", "cost-center": "" },
    want: [invalid("plinth.dev/cost-center", "")],
  },
  {
    case: "spaces",
    labels: { team: "vision lab", "cost-center": "1" },
    want: [invalid("plinth.dev/team", "vision lab")],
  },
  {
    case: "too long",
    labels: { team: "vision", "cost-center": "a".repeat(64) },
    want: [invalid("plinth.dev/cost-center", "a".repeat(64))],
  },
  {
    case: "a dash at the end",
    labels: { team: "vision-", "cost-center": "1" },
    want: [invalid("plinth.dev/team", "vision-")],
  },
];

test.each([
  ...rows,
  { case: "no team", labels: { "cost-center": "1" }, want: [missing("plinth.dev/team")] },
  { case: "nothing", labels: {}, want: [missing("plinth.dev/team"), missing("plinth.dev/cost-center")] },
])("workload with $case", ({ labels, want }) => {
  for (const [kind, part] of [
    ["batch/v1:Job", "pod template"],
    ["core/v1:Pod", "pod"],
  ] as const) {
    const resource = makeQueued(kind, { podLabels: prefixed(labels) });
    const messages = want.map((found) => `${kind.replace(/.*:/, "")} "train": its ${part} ${found}`);
    expect([...missingCostLabels(resource)]).toEqual(messages);
    expect(findings([resource])).toEqual(only(requireCostLabels, messages));
  }
});

test("a workload without accelerators needs no labels", () => {
  const change: WorkloadChange = { podLabels: {}, container: { resources: {} } };
  expect(findings([makeQueued("batch/v1:Job", change)])).toEqual([]);
});

test.each(rows)("team namespace with $case", ({ labels, want }) => {
  const { namespace, ...rest } = makeTeam();
  const labelled = { ...namespace, props: { metadata: { name: "vision", labels: prefixed(labels) } } };
  const messages = want.map((found) => `Namespace "vision": it ${found}`);
  expect([...missingCostLabels(labelled)]).toEqual(messages);
  expect(findings([labelled, ...Object.values(rest)])).toEqual(only(requireCostLabels, messages));
});

test("a namespace of no team needs no labels", () => {
  expect(findings([{ ...makeTeam().namespace, props: { metadata: { name: "tools" } } }])).toEqual([]);
});

function prefixed(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [`plinth.dev/${name}`, value]));
}
