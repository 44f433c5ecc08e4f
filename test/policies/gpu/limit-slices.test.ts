import { expect, test } from "vitest";
import { limitSlices, severalSlices } from "../../../policies/gpu/limit-slices.ts";
import { workloadsOf } from "../../../policies/workloads.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeQueued } from "../../support/policy-objects.ts";

const small = "nvidia.com/mig-1g.10gb";
const large = "nvidia.com/mig-3g.40gb";
const replica = "nvidia.com/gpu.shared";

const rows: { case: string; asked: Record<string, string>; want: string | undefined }[] = [
  { case: "whole GPUs", asked: { "nvidia.com/gpu": "8" }, want: undefined },
  { case: "one slice", asked: { [small]: "1" }, want: undefined },
  { case: "one replica", asked: { [replica]: "1" }, want: undefined },
  { case: "two slices of one profile (F32)", asked: { [small]: "2" }, want: `2 of ${small}` },
  {
    case: "slices of two profiles (F32)",
    asked: { [small]: "1", [large]: "1" },
    want: `1 of ${small}, 1 of ${large}`,
  },
  { case: "four replicas (F36)", asked: { [replica]: "4" }, want: `4 of ${replica}` },
];

test.each(rows)("$case", ({ asked, want }) => {
  const resources = { requests: asked, limits: asked };
  const job = makeQueued("batch/v1:Job", { container: { resources } });
  const messages = want ? [`Job "train": container "main" asks for ${want}; ask for one in all.`] : [];
  expect(workloadsOf(job).flatMap((workload) => [...severalSlices(workload)])).toEqual(messages);
  expect(findings([job])).toEqual(only(limitSlices, messages));
});

test("a container each may have one", () => {
  const resources = { requests: { [small]: "1" }, limits: { [small]: "1" } };
  const containers = ["a", "b"].map((name) => ({ name, image: "x:1", resources }));
  const workloads = workloadsOf(makeQueued("core/v1:Pod", { spec: { containers } }));
  expect(workloads.flatMap((workload) => [...severalSlices(workload)])).toEqual([]);
});
