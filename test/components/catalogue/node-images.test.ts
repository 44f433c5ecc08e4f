import { expect, test } from "vitest";
import { type AwsMachineId, awsMachines, awsSeries } from "../../../components/catalogue/aws-machines.ts";
import { eksGpuImages, gpuParts } from "../../../components/catalogue/node-images.ts";

test("parts in the order in which each needs the one before", () => {
  expect(gpuParts).toEqual(["driver", "toolkit", "devicePlugin"]);
});

test.each([
  { image: "AL2023_x86_64_NVIDIA", carries: ["driver", "toolkit"] },
  { image: "AL2023_ARM_64_NVIDIA", carries: ["driver", "toolkit"] },
  { image: "BOTTLEROCKET_x86_64_NVIDIA", carries: ["driver", "toolkit", "devicePlugin"] },
] as const)("$image carries $carries", ({ image, carries }) => {
  expect(eksGpuImages[image].carries).toEqual(carries);
});

test("every series of EC2 but G7 has an image of its architecture", () => {
  const served = new Set(Object.values(eksGpuImages).flatMap(({ series }) => [...series]));
  const all = new Set(Object.keys(awsMachines).map((id) => awsSeries(id as AwsMachineId)));
  expect([...all].filter((series) => !served.has(series))).toEqual(["g7"]);
  for (const { architecture, series } of Object.values(eksGpuImages)) {
    if (series.length > 0) expect(architecture).toBe("amd64");
  }
});
