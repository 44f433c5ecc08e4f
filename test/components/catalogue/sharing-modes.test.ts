import { expect, test } from "vitest";
import { acceleratorIds, accelerators } from "../../../components/catalogue/hardware.ts";
import {
  countedShares,
  isolationKinds,
  modeResources,
  replicaLimits,
  sharingModes,
} from "../../../components/catalogue/sharing-modes.ts";

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
    ["dra", "memory fault performance"],
  ]);
  expect(isolationKinds.filter((kind) => countedShares[kind])).toEqual([]);
});

test("each fact has a source and a day", () => {
  for (const { source, date } of Object.values(sharingModes)) {
    expect(source.length).toBeGreaterThan(20);
    expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  }
});

test("only whole chips of TPUs can be had", () => {
  const modes = Object.entries(modeResources).filter(([, resources]) => resources.includes("google.com/tpu"));
  expect(modes.map(([mode]) => mode)).toEqual(["dedicated"]);
});

test("every GPU is new enough for MPS with limits, and for so many clients", () => {
  const tooOld = acceleratorIds.filter((id) => {
    const { discovery, resourceName } = accelerators[id];
    if (!modeResources.mps.includes(resourceName) || discovery.family === "tpu") return false;
    return discovery.computeMajor * 10 + discovery.computeMinor < 75;
  });
  expect(tooOld).toEqual([]);
  expect(replicaLimits).toEqual({ least: 2, most: 48 });
});
