import { expect, test } from "vitest";
import { acceleratorIds, accelerators } from "../../../components/catalogue/hardware.ts";
import {
  computeSlicesPerGpu,
  memorySlicesPerGpu,
  migGeometries,
  migGeometry,
} from "../../../components/catalogue/mig-profiles.ts";

const geometries = Object.entries(migGeometries);
const profiles = geometries.flatMap(([id, geometry]) =>
  Object.entries(geometry.profiles).map(([name, profile]) => ({ id, name, ...profile })),
);

test("every accelerator with MIG has profiles, and no other", () => {
  const capable = acceleratorIds.filter((id) => accelerators[id].discovery.migCapable);
  expect(acceleratorIds.filter((id) => migGeometry(id) !== undefined)).toEqual(capable);
});

test("names of profiles, as nvidia-smi lists them", () => {
  expect(geometries.map(([id, geometry]) => [id, Object.keys(geometry.profiles).join(" ")])).toEqual([
    ["nvidia-a100-40gb", "1g.5gb 1g.5gb+me 1g.10gb 2g.10gb 3g.20gb 4g.20gb 7g.40gb"],
    ["nvidia-a100-80gb", "1g.10gb 1g.10gb+me 1g.20gb 2g.20gb 3g.40gb 4g.40gb 7g.80gb"],
    ["nvidia-h100-80gb-sxm", "1g.10gb 1g.10gb+me 1g.20gb 2g.20gb 3g.40gb 4g.40gb 7g.80gb"],
    ["nvidia-h200-141gb-sxm", "1g.18gb 1g.18gb+me 1g.35gb 2g.35gb 3g.71gb 4g.71gb 7g.141gb"],
    ["nvidia-b200-sxm", "1g.23gb 1g.23gb+me 1g.45gb 2g.45gb 3g.90gb 4g.90gb 7g.180gb"],
  ]);
});

test.each(profiles)("$id $name: its name, its slices and its starts agree", (profile) => {
  expect(profile.name).toMatch(new RegExp(`^${profile.computeSlices}g\\.\\d+gb(\\+me)?$`));
  const ends = profile.starts.map((start) => start + profile.memorySlices);
  expect(Math.max(...ends)).toBeLessThanOrEqual(memorySlicesPerGpu);
  expect(profile.maxInstances).toBe(profile.name.endsWith("+me") ? 1 : profile.starts.length);
  expect(profile.maxInstances * profile.computeSlices).toBeLessThanOrEqual(computeSlicesPerGpu);
});

test.each(profiles)("$id $name: its memory is at most its part of the GPU's", ({ id, ...profile }) => {
  const gpu = accelerators[id as keyof typeof migGeometries].discovery.memoryMiB;
  const part = (gpu * profile.memorySlices) / memorySlicesPerGpu;
  expect(profile.memoryMiB).toBeLessThanOrEqual(part);
  expect(profile.memoryMiB).toBeGreaterThan(0.9 * part);
});

test("each fact has a source and a day", () => {
  for (const [, { source, date, deviceFilter }] of geometries) {
    expect(source.length).toBeGreaterThan(40);
    expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(deviceFilter).toMatch(/^0x[0-9A-F]{4}10DE$/);
  }
  expect(new Set(geometries.map(([, { deviceFilter }]) => deviceFilter)).size).toBe(geometries.length);
});
