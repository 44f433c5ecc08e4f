import { expect, test } from "vitest";
import type { AcceleratorId } from "../../../components/catalogue/hardware.ts";
import { type MigGeometry, migGeometries } from "../../../components/catalogue/mig-profiles.ts";
import { resourceSlices } from "../../../components/cluster/local-devices.ts";
import type { ClaimedPool } from "../../../components/planning/claims.ts";
import { placeProfiles } from "../../../components/planning/mig.ts";
import { quantity } from "../../../embedded/scheduler-extender/quantity.ts";

function pool(devices: ClaimedPool["sharing"]["devices"], change: Partial<ClaimedPool> = {}): ClaimedPool {
  const sharing = { mode: "dra", devices } as const;
  return { accelerator: "nvidia-h100-80gb-sxm", nodes: 1, acceleratorsPerNode: 2, sharing, ...change };
}

/** Parts of a slice that only some have. */
interface Spec {
  readonly devices?: readonly Device[];
  readonly sharedCounters?: readonly { name: string; counters: Record<string, { value: string }> }[];
}

interface Device {
  readonly name: string;
  readonly attributes: Record<string, { string?: string; version?: string }>;
  readonly capacity: Record<string, { value: string }>;
  readonly consumesCounters?: readonly { counterSet: string; counters: Record<string, { value: string }> }[];
}

function specs(given: ClaimedPool): (Spec & { pool: object })[] {
  return resourceSlices("n", given).map(({ spec }) => spec);
}

test("whole GPUs: one slice, with what the driver says of each", () => {
  const [slice, ...others] = resourceSlices("n", pool("whole"));
  expect(others).toEqual([]);
  expect(slice).toEqual({
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceSlice",
    metadata: { name: "n-gpu.nvidia.com" },
    spec: {
      driver: "gpu.nvidia.com",
      nodeName: "n",
      pool: { name: "n", generation: 1, resourceSliceCount: 1 },
      devices: [0, 1].map((minor) => ({
        name: `gpu-${minor}`,
        attributes: {
          type: { string: "gpu" },
          uuid: { string: expect.stringMatching(/^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) },
          productName: { string: "NVIDIA H100 80GB HBM3" },
          brand: { string: "Nvidia" },
          architecture: { string: "Hopper" },
          cudaComputeCapability: { version: "9.0.0" },
          driverVersion: { version: "595.91.7" },
          cudaDriverVersion: { version: "13.2.0" },
        },
        capacity: { memory: { value: "81559Mi" } },
      })),
    },
  });
});

test("a card keeps its identity, and no two have the same", () => {
  const uuids = (node: string) =>
    resourceSlices(node, pool("whole")).flatMap(({ spec }) =>
      ((spec as Spec).devices ?? []).map(({ attributes }) => attributes.uuid?.string),
    );
  expect(uuids("a")).toEqual(uuids("a"));
  expect(new Set([...uuids("a"), ...uuids("b")]).size).toBe(4);
});

test("GPUs of two words", () => {
  const [slice] = specs(pool("whole", { accelerator: "nvidia-l40s", acceleratorsPerNode: 1 }));
  expect(slice?.devices?.[0]?.attributes.architecture).toEqual({ string: "Ada Lovelace" });
});

test("shares: several claims on a GPU, each of so many mebibytes, or of all where it says none", () => {
  const [slice] = specs(pool("shares", { accelerator: "nvidia-l4", acceleratorsPerNode: 1 }));
  expect(slice?.devices).toEqual([
    expect.objectContaining({
      name: "gpu-0",
      allowMultipleAllocations: true,
      capacity: {
        memory: {
          value: "23034Mi",
          requestPolicy: { default: "23034Mi", validRange: { min: "1Mi", max: "23034Mi", step: "1Mi" } },
        },
      },
    }),
  ]);
});

/** Counters of one H100. */
const h100 = {
  multiprocessors: { value: "132" },
  "copy-engines": { value: "8" },
  decoders: { value: "7" },
  encoders: { value: "0" },
  "jpeg-engines": { value: "7" },
  "ofa-engines": { value: "1" },
  memory: { value: "81152Mi" },
  ...Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`memory-slice-${index}`, { value: "1" }])),
};

test("partitions: the counters of all GPUs, and for each GPU a slice of all that it can be", () => {
  const slices = resourceSlices("n", pool("partitions"));
  expect(slices.map(({ metadata }) => metadata.name)).toEqual([
    "n-gpu.nvidia.com-counters-0",
    "n-gpu.nvidia.com-gpu-0",
    "n-gpu.nvidia.com-gpu-1",
  ]);
  const [counters, first, second] = specs(pool("partitions"));
  for (const spec of [counters, first, second]) {
    expect(spec?.pool).toEqual({ name: "n", generation: 1, resourceSliceCount: 3 });
  }
  expect(counters?.sharedCounters).toEqual([
    { name: "gpu-0-counter-set", counters: h100 },
    { name: "gpu-1-counter-set", counters: h100 },
  ]);
  const devices = first?.devices ?? [];
  expect(devices).toHaveLength(26);
  expect(devices[0]).toMatchObject({
    name: "gpu-0",
    consumesCounters: [{ counterSet: "gpu-0-counter-set", counters: h100 }],
  });
  // The scheduler takes the first that fits.
  const names = devices.map(({ name }) => name);
  expect(names).toEqual(names.toSorted());
  expect(names).toContain("gpu-0-mig-1g10gb-me-20-6");
});

test("a partition takes of its GPU's counters, and the memory slices where it stands", () => {
  const [, slice] = specs(pool("partitions"));
  const [whole] = slice?.devices ?? [];
  const engines = { decoders: { value: "3" }, encoders: { value: "0" } };
  const slots = [4, 5, 6, 7].map((index) => [`memory-slice-${index}`, { value: "1" }]);
  const { type: _, uuid, ...same } = whole?.attributes ?? {};
  expect(slice?.devices?.find(({ name }) => name === "gpu-0-mig-3g40gb-9-4")).toEqual({
    name: "gpu-0-mig-3g40gb-9-4",
    attributes: { ...same, type: { string: "mig" }, parentUUID: uuid, profile: { string: "3g.40gb" } },
    capacity: {
      ...engines,
      multiprocessors: { value: "60" },
      copyEngines: { value: "3" },
      jpegEngines: { value: "3" },
      ofaEngines: { value: "0" },
      memory: { value: "40448Mi" },
    },
    consumesCounters: [
      {
        counterSet: "gpu-0-counter-set",
        counters: {
          ...engines,
          multiprocessors: { value: "60" },
          "copy-engines": { value: "3" },
          "jpeg-engines": { value: "3" },
          "ofa-engines": { value: "0" },
          memory: { value: "40448Mi" },
          ...Object.fromEntries(slots),
        },
      },
    ],
  });
});

test("an A100 is switched to MIG by a reset, so its partitions are offered without the whole", () => {
  const [, slice] = specs(pool("partitions", { accelerator: "nvidia-a100-40gb", acceleratorsPerNode: 1 }));
  expect(slice?.devices?.filter(({ name }) => !name.includes("-mig-"))).toEqual([]);
  expect(slice?.devices).toHaveLength(25);
});

test("no slice has more sets of counters than the API takes", () => {
  const slices = specs(pool("partitions", { acceleratorsPerNode: 16 }));
  expect(slices.map(({ sharedCounters }) => sharedCounters?.length ?? 0)).toEqual([
    8,
    8,
    ...Array(16).fill(0),
  ]);
});

/** All sets of instances of one GPU, whether they fit or not; one more of any profile than can ever fit. */
function* combinations({ profiles }: MigGeometry): Generator<Record<string, number>> {
  const entries = Object.entries(profiles);
  function* from(
    index: number,
    chosen: Record<string, number>,
    slices: number,
  ): Generator<Record<string, number>> {
    const [name, profile] = entries[index] ?? [];
    if (name === undefined || profile === undefined) {
      yield chosen;
      return;
    }
    for (let count = 0; count * profile.memorySlices + slices <= 9; count += 1) {
      yield* from(
        index + 1,
        count > 0 ? { ...chosen, [name]: count } : chosen,
        slices + count * profile.memorySlices,
      );
    }
  }
  yield* from(0, {}, 0);
}

/** Whether the scheduler could find devices for all instances, each taking of the GPU's counters. */
function allocatable(
  devices: readonly Device[],
  wanted: readonly string[],
  left: Record<string, number>,
): boolean {
  const [profile, ...rest] = wanted;
  if (profile === undefined) return true;
  return devices
    .filter(({ attributes }) => attributes.profile?.string === profile)
    .some(({ consumesCounters }) => {
      const after = { ...left };
      for (const [name, { value }] of Object.entries(consumesCounters?.[0]?.counters ?? {})) {
        after[name] = (after[name] ?? 0) - quantity(value);
      }
      return Object.values(after).every((amount) => amount >= 0) && allocatable(devices, rest, after);
    });
}

test.each(Object.entries(migGeometries))(
  "%s: counters allow what fits the GPU, and nothing else",
  (id, geometry) => {
    const [counters, slice] = specs(
      pool("partitions", { accelerator: id as AcceleratorId, acceleratorsPerNode: 1 }),
    );
    const whole = Object.entries(counters?.sharedCounters?.[0]?.counters ?? {});
    const left = Object.fromEntries(whole.map(([name, { value }]) => [name, quantity(value)]));
    const wrong: object[] = [];
    let fitting = 0;
    for (const layout of combinations(geometry)) {
      const wanted = Object.entries(layout)
        .flatMap(([name, count]) => Array<string>(count).fill(name))
        .reverse();
      const fits = placeProfiles(geometry, layout) !== undefined;
      fitting += fits ? 1 : 0;
      if (allocatable(slice?.devices ?? [], wanted, left) !== fits) wrong.push(layout);
    }
    expect(wrong).toEqual([]);
    expect(fitting).toBeGreaterThan(50);
  },
);
