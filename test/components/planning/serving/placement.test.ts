import { expect, test } from "vitest";
import { quantization } from "../../../../components/catalogue/quantization.ts";
import { visibleBytes } from "../../../../components/planning/models/model-fit.ts";
import { alone } from "../../../../components/planning/models/parallelism.ts";
import {
  describedPlacement,
  type Placement,
  placementPart,
  placements,
} from "../../../../components/planning/serving/placement.ts";

function placed(change: Partial<Placement>): Placement {
  const whole = { mode: "dedicated" } as const;
  return {
    accelerator: "nvidia-h100-80gb-sxm",
    parallelism: alone,
    format: "published",
    sharing: whole,
    ...change,
  };
}

test.each([
  { case: "alone", sharing: { mode: "dedicated" }, compute: 1, bandwidth: 1, perAccelerator: 1, bytes: 1 },
  {
    case: "a MIG slice: its multiprocessors of all 132, memory by eighths",
    sharing: { mode: "mig", profile: "3g.40gb" },
    compute: 60 / 132,
    bandwidth: 4 / 8,
    perAccelerator: 2,
    bytes: (40_448 * 2 ** 20) / visibleBytes("nvidia-h100-80gb-sxm"),
  },
  {
    case: "turns, of which a part goes to switching",
    sharing: { mode: "time-slicing", clients: 4 },
    compute: 0.85 / 4,
    bandwidth: 0.85 / 4,
    perAccelerator: 4,
    bytes: 1 / 4,
  },
  {
    case: "side by side under MPS",
    sharing: { mode: "mps", clients: 2 },
    compute: 0.925 / 2,
    bandwidth: 0.925 / 2,
    perAccelerator: 2,
    bytes: 1 / 2,
  },
] as const)("a part of an H100: $case", ({ sharing, compute, bandwidth, perAccelerator, bytes }) => {
  const memoryBytes = visibleBytes("nvidia-h100-80gb-sxm") * bytes;
  const part = placementPart(placed({ sharing }));
  expect(part).toEqual({ compute, bandwidth, perAccelerator, memoryBytes: expect.closeTo(memoryBytes, 0) });
});

test("a profile that the GPU lacks is our own mistake", () => {
  const sharing = { mode: "mig", profile: "1g.5gb" } as const;
  expect(() => placementPart(placed({ sharing }))).toThrow("nvidia-h100-80gb-sxm has no MIG profile 1g.5gb");
});

test("ways to stand on an accelerator, in the modes that are allowed", () => {
  const words = (...asked: Parameters<typeof placements>) => placements(...asked).map(describedPlacement);
  expect(words("nvidia-h100-80gb-sxm", ["published"], ["dedicated"])).toEqual([
    "1 nvidia-h100-80gb-sxm",
    "2 nvidia-h100-80gb-sxm, tensor 2",
    "4 nvidia-h100-80gb-sxm, tensor 4",
    "8 nvidia-h100-80gb-sxm, tensor 8",
    "16 nvidia-h100-80gb-sxm, tensor 8, pipeline 2",
    "24 nvidia-h100-80gb-sxm, tensor 8, pipeline 3",
    "32 nvidia-h100-80gb-sxm, tensor 8, pipeline 4",
  ]);
  expect(words("nvidia-h100-80gb-sxm", ["none"], ["mig"])).toEqual(
    ["1g.10gb", "1g.20gb", "2g.20gb", "3g.40gb", "4g.40gb"].map(
      (profile) => `${profile} of nvidia-h100-80gb-sxm, unquantised`,
    ),
  );
  expect(words("nvidia-l4", [quantization("awq")], ["mps", "time-slicing", "mig"])).toEqual([
    "1/2 of nvidia-l4 by mps, awq",
    "1/4 of nvidia-l4 by mps, awq",
    "1/8 of nvidia-l4 by mps, awq",
    "1/2 of nvidia-l4 by time-slicing, awq",
    "1/4 of nvidia-l4 by time-slicing, awq",
    "1/8 of nvidia-l4 by time-slicing, awq",
  ]);
  expect(words("google-tpu-v6e", ["published"], ["mps", "time-slicing", "mig"])).toEqual([]);
});
