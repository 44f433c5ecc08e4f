import { expect, test } from "vitest";
import { gkeGpuProfiles } from "../../../components/catalogue/gke-gpu-profiles.ts";

test("Google's device plugin is kept away exactly where the operator brings its own", () => {
  const key = "gke-no-default-nvidia-gpu-device-plugin";
  for (const { carries, labels } of Object.values(gkeGpuProfiles)) {
    const isGoogles = carries.some((part) => part === "devicePlugin");
    expect((labels as Record<string, string>)[key]).toBe(isGoogles ? undefined : "true");
  }
});

test("a pool whose driver nobody installs is not among them", () => {
  expect(gkeGpuProfiles.managed.driverVersions).toEqual(["DEFAULT", "LATEST"]);
  expect(gkeGpuProfiles.operator.driverVersions).toEqual(["INSTALLATION_DISABLED"]);
});
