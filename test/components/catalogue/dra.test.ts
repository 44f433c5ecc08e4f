import { expect, test } from "vitest";
import {
  claimResources,
  deviceClasses,
  deviceClassObject,
  deviceExpressions,
  draDevices,
  driverClasses,
  driverGates,
  migSwitchedByReset,
  nvmlName,
} from "../../../components/catalogue/dra.ts";
import { acceleratorIds, accelerators } from "../../../components/catalogue/hardware.ts";

test("the classes that the driver's chart makes, as it writes them", () => {
  expect(Object.values(driverClasses).map(deviceClassObject)).toEqual([
    {
      apiVersion: "resource.k8s.io/v1",
      kind: "DeviceClass",
      metadata: { name: "gpu.nvidia.com" },
      spec: {
        selectors: [
          {
            cel: {
              expression:
                "device.driver == 'gpu.nvidia.com' && device.attributes['gpu.nvidia.com'].type == 'gpu'",
            },
          },
        ],
        extendedResourceName: "nvidia.com/gpu",
      },
    },
    {
      apiVersion: "resource.k8s.io/v1",
      kind: "DeviceClass",
      metadata: { name: "mig.nvidia.com" },
      spec: {
        selectors: [
          {
            cel: {
              expression:
                "device.driver == 'gpu.nvidia.com' && device.attributes['gpu.nvidia.com'].type == 'mig'",
            },
          },
        ],
      },
    },
  ]);
});

test("each kind has a class and a resource of its own, for Kueue counts by class", () => {
  expect(new Set(draDevices.map((kind) => deviceClasses[kind].name)).size).toBe(3);
  expect(new Set(draDevices.map((kind) => claimResources[kind])).size).toBe(3);
  // Whole GPUs are the same resource whether they are claimed or requested by the name of their class.
  expect(claimResources.whole).toBe(driverClasses.whole.extendedResourceName);
  expect(driverGates).toEqual({ partitions: "DynamicMIG", shares: "ConsumableShares" });
});

test("NVML's names are those of GPU Feature Discovery with spaces", () => {
  for (const id of acceleratorIds.filter((id) => accelerators[id].discovery.family !== "tpu")) {
    expect(nvmlName(id).replaceAll(" ", "-"), id).toBe(accelerators[id].discovery.product);
  }
  expect(() => nvmlName("google-tpu-v6e")).toThrow("google-tpu-v6e is no GPU");
  const ampere = acceleratorIds.filter((id) => {
    const { family, migCapable } = accelerators[id].discovery;
    return family === "ampere" && migCapable;
  });
  expect(migSwitchedByReset).toEqual(ampere);
});

test("expressions on a device", () => {
  expect(deviceExpressions.profile("1g.10gb")).toBe(
    "device.attributes['gpu.nvidia.com'].profile == '1g.10gb'",
  );
  expect(deviceExpressions.product("NVIDIA L4")).toBe(
    "device.attributes['gpu.nvidia.com'].productName == 'NVIDIA L4'",
  );
});
