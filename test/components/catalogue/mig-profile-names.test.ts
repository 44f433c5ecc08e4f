import { expect, test } from "vitest";
import { type AcceleratorSpecId, acceleratorSpecs } from "../../../components/catalogue/accelerator-specs.ts";
import { migProfileNames } from "../../../components/catalogue/mig-profile-names.ts";
import { isKnown, unknown } from "../../../components/catalogue/unknown.ts";

test.each([
  { gpu: "nvidia-h100-80gb-sxm", want: "1g.10gb 1g.10gb+me 1g.20gb 2g.20gb 3g.40gb 4g.40gb 7g.80gb" },
  { gpu: "nvidia-b300-sxm", want: "1g.34gb 1g.34gb+me 1g.67gb 2g.67gb 3g.135gb 4g.135gb 7g.269gb" },
  { gpu: "nvidia-gb200", want: "1g.23gb 1g.23gb+me 1g.47gb 2g.47gb 3g.93gb 4g.93gb 7g.186gb" },
  { gpu: "nvidia-gb300", want: "1g.35gb 1g.35gb+me 1g.70gb 2g.70gb 3g.139gb 4g.139gb 7g.278gb" },
  { gpu: "nvidia-l40s", want: "" },
  { gpu: "google-tpu-v6e", want: "" },
] as const)("profiles of $gpu", ({ gpu, want }) => {
  const names = migProfileNames(gpu);
  expect(isKnown(names) ? names.join(" ") : names).toBe(want);
});

test("the RTX PRO 6000 is divided in fourths, with and without graphics and media engines", () => {
  const names = migProfileNames("nvidia-rtx-pro-6000");
  expect(names).toContain("1g.24gb+gfx");
  expect(isKnown(names) && names.every((name) => /^(1g\.24|2g\.48|4g\.96)gb/.test(name))).toBe(true);
});

test("MIG whose profiles have no names anywhere says so", () => {
  expect(migProfileNames("nvidia-rtx-pro-4500")).toEqual(
    unknown("the MIG user guide gives at most two instances, and no names"),
  );
});

test("who can be partitioned has profiles, or a reason, and nobody else has", () => {
  for (const [id, { mig }] of Object.entries(acceleratorSpecs)) {
    const names = migProfileNames(id as AcceleratorSpecId);
    expect(!isKnown(names) || names.length > 0).toBe(mig);
  }
});
