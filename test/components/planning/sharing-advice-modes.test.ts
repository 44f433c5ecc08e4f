import { expect, test } from "vitest";
import { h100, l40s } from "../../../bench/support/sharing-mixes.ts";
import { isolationKinds } from "../../../components/catalogue/sharing-modes.ts";
import { sharedAccelerator } from "../../../components/planning/sharing-accelerator.ts";
import {
  claimGiB,
  describedWay,
  jobRequest,
  refusal,
  type SharingJob,
  sharingWayNames,
  sharingWays,
  sliceFor,
  variants,
} from "../../../components/planning/sharing-advice-modes.ts";

const job: SharingJob = {
  name: "job",
  memoryGiB: 9,
  engineActive: 0.5,
  smActive: 0.05,
  dramActive: 0,
  needs: {},
};

/** What each family says of a mix. */
function refusals(jobs: readonly SharingJob[], accelerator = h100) {
  return Object.fromEntries(
    sharingWayNames.flatMap((mode) => {
      const reason = refusal(mode, jobs, accelerator);
      return reason ? [[mode, reason]] : [];
    }),
  );
}

test.each([
  { case: "a small job without needs: nothing is refused", jobs: [job], want: {} },
  {
    case: "memory isolation",
    jobs: [job, { ...job, name: "tenant", needs: { memory: true } }],
    want: {
      "time-slicing": "tenant needs memory isolation",
      "dra-shares": "tenant needs memory isolation",
    },
  },
  {
    case: "fault isolation",
    jobs: [{ ...job, needs: { fault: true } }],
    want: {
      "time-slicing": "job needs fault isolation",
      mps: "job needs fault isolation",
      "dra-shares": "job needs fault isolation",
    },
  },
  {
    case: "performance isolation",
    jobs: [{ ...job, needs: { fault: true, performance: true } }],
    want: {
      "time-slicing": "job needs fault and performance isolation",
      "dra-shares": "job needs fault and performance isolation",
      mps: "job needs fault and performance isolation",
    },
  },
  {
    case: "more than half the memory",
    jobs: [job, { ...job, name: "large", memoryGiB: 40 }],
    want: {
      mps: "large needs 40 GiB, more than half an accelerator has",
      "time-slicing": "large needs 40 GiB, more than half an accelerator has",
    },
  },
  {
    case: "more than half the memory, of every job",
    jobs: [{ ...job, memoryGiB: 45 }],
    want: {
      mps: "job needs 45 GiB, more than half an accelerator has",
      "time-slicing": "job needs 45 GiB, more than half an accelerator has",
      "dra-shares": "job needs 45 GiB, more than half an accelerator has",
    },
  },
  {
    case: "more than all of it",
    jobs: [{ ...job, memoryGiB: 90 }],
    want: {
      dedicated: "job needs 90 GiB, more than an accelerator has",
      mig: "no layout has a slice for every job",
      mps: "job needs 90 GiB, more than an accelerator has",
      "time-slicing": "job needs 90 GiB, more than an accelerator has",
      "dra-partitions": "some job has no slice large and fast enough",
      "dra-shares": "job needs 90 GiB, more than an accelerator has",
    },
  },
  {
    case: "no slice fast enough for one, and small enough for the other",
    jobs: [
      { ...job, smActive: 0.5, slowdownMax: 1 },
      { ...job, memoryGiB: 8 },
    ],
    want: {},
  },
])("refused: $case", ({ jobs, want }) => {
  expect(refusals(jobs)).toEqual(want);
});

test("without MIG there are no partitions", () => {
  const reason = "the accelerator has no MIG";
  expect(refusals([job], l40s)).toEqual({ mig: reason, "dra-partitions": reason });
});

test("a TPU is shared in no way", () => {
  const small = [{ ...job, memoryGiB: 1 }];
  expect(Object.keys(refusals(small, sharedAccelerator("google-tpu-v6e")))).toEqual(
    sharingWayNames.filter((mode) => mode !== "dedicated"),
  );
});

test("what each way keeps apart, by the catalogue, and what is alpha", () => {
  const kept = sharingWayNames.map((mode) => {
    const { isolation, alphaGate } = sharingWays[mode];
    return [mode, isolationKinds.filter((kind) => isolation[kind]).join(" "), alphaGate];
  });
  expect(kept).toEqual([
    ["dedicated", "memory fault performance", undefined],
    ["mig", "memory fault performance", undefined],
    ["mps", "memory", undefined],
    ["time-slicing", "", undefined],
    ["dra-partitions", "memory fault performance", "DynamicMIG"],
    ["dra-shares", "", "ConsumableShares"],
  ]);
});

test("shares are as many as the smallest job has memory for, each at least an equal part", () => {
  const found = variants("dra-shares", [job, { ...job, name: "large", memoryGiB: 70 }], h100);
  expect(found.map(describedWay)).toEqual(
    [2, 3, 4, 5, 6, 7, 8].map((clients) => `dra-shares, at most ${clients}`),
  );
  const way = { memoryGiB: 80, clients: 4 };
  expect([claimGiB({ memoryGiB: 9 }, way), claimGiB({ memoryGiB: 30 }, way)]).toEqual([20, 30]);
});

test("ways in words", () => {
  const layout = [h100.slices[0], h100.slices[0], h100.slices[3]].filter((slice) => slice !== undefined);
  expect([
    describedWay({ mode: "dedicated" }),
    describedWay({ mode: "mps", clients: 9 }),
    describedWay({ mode: "mig", layout }),
    describedWay({ mode: "dra-partitions", slices: h100.slices }),
  ]).toEqual(["dedicated", "mps, 9 clients", "mig, 2 x 1g.10gb, 1 x 3g.40gb", "dra-partitions"]);
});

test.each([
  { case: "as many clients as all have memory", memoryGiB: 19, want: [2, 3, 4] },
  {
    case: "at most the 48 of a pool",
    memoryGiB: 1,
    want: Array.from({ length: 47 }, (_, index) => index + 2),
  },
  // A tenth is 8155.9 MiB, and a replica has whole ones.
  { case: "parts are whole MiB", memoryGiB: 8155.5 / 1024, want: [2, 3, 4, 5, 6, 7, 8, 9] },
])("clients: $case", ({ memoryGiB, want }) => {
  const found = variants("mps", [{ ...job, memoryGiB }], h100);
  expect(found.map((mode) => (mode.mode === "mps" ? mode.clients : 0))).toEqual(want);
});

test("layouts stand where MIG lets slices start, and serve every job", () => {
  const large = { ...job, name: "large", memoryGiB: 38 };
  const found = variants("mig", [{ ...job, memoryGiB: 19 }, large], h100).map(describedWay);
  expect(found.filter((layout) => layout.includes("4g.40gb"))).toEqual([
    "mig, 3 x 1g.10gb, 1 x 4g.40gb",
    "mig, 2 x 1g.10gb, 1 x 1g.20gb, 1 x 4g.40gb",
    "mig, 2 x 1g.10gb, 1 x 4g.40gb",
    "mig, 1 x 1g.10gb, 1 x 1g.20gb, 1 x 4g.40gb",
    "mig, 1 x 1g.10gb, 1 x 2g.20gb, 1 x 4g.40gb",
    "mig, 1 x 1g.10gb, 1 x 4g.40gb",
    "mig, 2 x 1g.20gb, 1 x 4g.40gb",
    "mig, 1 x 1g.20gb, 1 x 2g.20gb, 1 x 4g.40gb",
    "mig, 1 x 1g.20gb, 1 x 4g.40gb",
    "mig, 1 x 2g.20gb, 1 x 4g.40gb",
    "mig, 1 x 3g.40gb, 1 x 4g.40gb",
    "mig, 1 x 4g.40gb",
  ]);
});

test.each([
  [{ mode: "dedicated" }, {}],
  [{ mode: "mps", clients: 4 }, { gpuMemoryGiB: 9 }],
  [{ mode: "time-slicing", clients: 4 }, { gpuMemoryGiB: 9 }],
  [{ mode: "mig", layout: h100.slices }, { profile: "1g.10gb" }],
  [{ mode: "dra-partitions", slices: h100.slices }, { profile: "1g.10gb" }],
  [{ mode: "dra-shares", clients: 7, memoryGiB: 80 }, { gpuMemoryGiB: 11.42 }],
  [{ mode: "dra-shares", clients: 8, memoryGiB: 70 }, { gpuMemoryGiB: 9 }],
] as const)("what a job of 9 GiB says under %o", (way, want) => {
  expect(jobRequest(job, way)).toEqual(want);
});

test("a job asks for the smallest slice with memory and speed enough", () => {
  const layout = h100.slices;
  const asked = (change: Partial<SharingJob>) => sliceFor({ ...job, ...change }, layout)?.profile;
  expect(asked({})).toBe("1g.10gb");
  expect(asked({ memoryGiB: 15 })).toBe("1g.20gb");
  expect(asked({ smActive: 0.2, slowdownMax: 1.01 })).toBe("3g.40gb");
  expect(asked({ memoryGiB: 80 })).toBeUndefined();
});
