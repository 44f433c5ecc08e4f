import { expect, test } from "vitest";
import { acceleratorIds, accelerators } from "../../../components/catalogue/hardware.ts";
import { isolationKinds, replicaLimits, sharingModes } from "../../../components/catalogue/sharing-modes.ts";

test("what each mode keeps apart", () => {
  const kept = Object.entries(sharingModes).map(([mode, { isolation }]) => [
    mode,
    isolationKinds.filter((kind) => isolation[kind]).join(" "),
  ]);
  expect(kept).toEqual([
    ["dedicated", "memory fault performance"],
    ["time-slicing", ""],
    ["mps", "memory"],
    ["mig", "memory fault performance"],
  ]);
});

test("each fact has a source and a day", () => {
  for (const { source, date } of Object.values(sharingModes)) {
    expect(source.length).toBeGreaterThan(20);
    expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  }
});

test("every accelerator is new enough for MPS with limits, and for so many clients", () => {
  const tooOld = acceleratorIds.filter((id) => {
    const { computeMajor, computeMinor } = accelerators[id].discovery;
    return computeMajor * 10 + computeMinor < 75;
  });
  expect(tooOld).toEqual([]);
  expect(replicaLimits).toEqual({ least: 2, most: 48 });
});
