import { expect, test } from "vitest";
import { acceleratorIds } from "../../../components/catalogue/hardware.ts";
import { migGeometries } from "../../../components/catalogue/mig-profiles.ts";
import { sharedAccelerator } from "../../../components/planning/sharing-accelerator.ts";

const written = (layout: readonly { readonly profile: string }[]) =>
  layout.map(({ profile }) => profile).join(" ");

test.each([
  ["nvidia-a100-40gb", "1g.5gb 1g.10gb 2g.10gb 3g.20gb 4g.20gb 7g.40gb"],
  ["nvidia-a100-80gb", "1g.10gb 1g.20gb 2g.20gb 3g.40gb 4g.40gb 7g.80gb"],
  ["nvidia-h100-80gb-sxm", "1g.10gb 1g.20gb 2g.20gb 3g.40gb 4g.40gb 7g.80gb"],
  ["nvidia-h200-141gb-sxm", "1g.18gb 1g.35gb 2g.35gb 3g.71gb 4g.71gb 7g.141gb"],
  ["nvidia-b200-sxm", "1g.23gb 1g.45gb 2g.45gb 3g.90gb 4g.90gb 7g.180gb"],
] as const)("slices of %s, without those with media engines", (id, want) => {
  expect(written(sharedAccelerator(id).slices)).toBe(want);
});

test("every GPU of the catalogue with MIG has slices, and no other", () => {
  const divided = acceleratorIds.filter((id) => sharedAccelerator(id).slices.length > 0);
  expect(divided).toEqual(Object.keys(migGeometries));
});

test("layouts of all shapes are alike, since where slices start is", () => {
  const counts = Object.keys(migGeometries).map(
    (id) => sharedAccelerator(id as keyof typeof migGeometries).layouts.length,
  );
  expect(new Set(counts)).toEqual(new Set([77]));
});

test("layouts are those that MIG can place, not those whose slices add up", () => {
  const { layouts } = sharedAccelerator("nvidia-h100-80gb-sxm");
  const found = layouts.map(written);
  expect(found).toContain("1g.10gb 1g.10gb 1g.10gb 1g.10gb 1g.10gb 1g.10gb 1g.10gb");
  expect(found).toContain("3g.40gb 4g.40gb");
  // Eight memory slices, but a 2g may not start at the last two.
  expect(found).not.toContain("2g.20gb 2g.20gb 2g.20gb 2g.20gb");
  // Four slices of memory in a row are left for nothing but this.
  expect(found).toContain("1g.20gb 1g.20gb 1g.20gb 1g.20gb");
  // Those that leave room are layouts, too.
  expect(found).toEqual(expect.arrayContaining(["4g.40gb", "2g.20gb 2g.20gb 2g.20gb"]));
  expect(new Set(found).size).toBe(found.length);
});

test("memory is what the driver reports, and a TPU can only be had whole", () => {
  expect(sharedAccelerator("nvidia-l40s")).toEqual({
    memoryGiB: 46_068 / 1024,
    modes: ["dedicated", "time-slicing", "mps", "mig", "dra"],
    slices: [],
    layouts: [],
  });
  expect(sharedAccelerator("google-tpu-v6e").modes).toEqual(["dedicated"]);
});
