import { expect, test } from "vitest";
import type { SharedPool, Sharing } from "../../../components/planning/sharing.ts";
import {
  claimGates,
  deviceClassMappings,
  deviceQuantity,
} from "../../../components/scheduling/device-class-mappings.ts";

const pool = (sharing: Sharing): SharedPool => ({
  accelerator: "nvidia-h100-80gb-sxm",
  nodes: 1,
  acceleratorsPerNode: 8,
  sharing,
});

const dedicated = pool({ mode: "dedicated" });
const whole = pool({ mode: "dra", devices: "whole" });
const partitions = pool({ mode: "dra", devices: "partitions" });
const shares = pool({ mode: "dra", devices: "shares" });

const ofDriver = "device.driver == 'gpu.nvidia.com'";

const source = (type: string) => ({
  driver: "gpu.nvidia.com",
  name: "memory",
  deviceSelector: {
    cel: { expression: `${ofDriver} && device.attributes['gpu.nvidia.com'].type == '${type}'` },
  },
});

const mapped = {
  whole: { name: "nvidia.com/gpu", deviceClassNames: ["gpu.nvidia.com"] },
  partitions: {
    name: "nvidia.com/mig.memory",
    deviceClassNames: ["mig.nvidia.com"],
    sources: [{ counter: source("mig") }],
  },
  shares: {
    name: "nvidia.com/gpu.memory",
    deviceClassNames: ["gpu-share.plinth.dev"],
    sources: [{ capacity: source("gpu") }],
  },
};

test.each([
  { case: "no claims", pools: [dedicated], want: [], gates: [] },
  { case: "whole GPUs", pools: [dedicated, whole, whole], want: [mapped.whole], gates: [] },
  { case: "partitions", pools: [partitions], want: [mapped.partitions], gates: [] },
  {
    case: "all, in an order that is not the file's",
    pools: [shares, partitions, whole],
    want: [mapped.whole, mapped.partitions, mapped.shares],
    gates: [{ name: "KueueDRAIntegrationConsumableCapacity", enabled: true }],
  },
])("$case", ({ pools, want, gates }) => {
  expect(deviceClassMappings(pools)).toEqual(want);
  expect(claimGates(pools)).toEqual(gates);
});

test("quotas of parts are memory", () => {
  expect(deviceQuantity({}, 3)).toBe("3");
  expect(deviceQuantity({ quotaMiB: 81_152 }, 2)).toBe("162304Mi");
  expect(deviceQuantity({ quotaMiB: 81_152 }, 0)).toBe("0");
});
