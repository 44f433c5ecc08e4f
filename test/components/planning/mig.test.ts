import { expect, test } from "vitest";
import { type MigGeometry, migGeometries } from "../../../components/catalogue/mig-profiles.ts";
import {
  labelPart,
  layoutName,
  type MigProfiles,
  partitionProblems,
  placeProfiles,
  remainder,
} from "../../../components/planning/mig.ts";

const h100 = migGeometries["nvidia-h100-80gb-sxm"];
const a100 = migGeometries["nvidia-a100-40gb"];

/** As nvidia-smi mig -lgi prints them: profile and start:size. */
function placed(profiles: MigProfiles): string[] | undefined {
  return placeProfiles(h100, profiles)?.map(({ profile, start, size }) => `${profile} ${start}:${size}`);
}

test.each([
  {
    case: "seven of the smallest, which leave the last memory slice empty",
    profiles: { "1g.10gb": 7 },
    want: [0, 1, 2, 3, 4, 5, 6].map((start) => `1g.10gb ${start}:1`),
  },
  {
    case: "4g and 3g, each in its one place",
    profiles: { "3g.40gb": 1, "4g.40gb": 1 },
    want: ["4g.40gb 0:4", "3g.40gb 4:4"],
  },
  {
    case: "the balanced layout, only with its 3g at the end",
    profiles: { "1g.10gb": 2, "2g.20gb": 1, "3g.40gb": 1 },
    want: ["2g.20gb 0:2", "1g.10gb 2:1", "1g.10gb 3:1", "3g.40gb 4:4"],
  },
  {
    case: "1g with twice the memory, where 2g cannot start",
    profiles: { "2g.20gb": 3, "1g.20gb": 1 },
    want: ["2g.20gb 0:2", "2g.20gb 2:2", "2g.20gb 4:2", "1g.20gb 6:2"],
  },
  { case: "nothing", profiles: {}, want: [] },
])("fits: $case", ({ profiles, want }) => {
  expect(placed(profiles as MigProfiles)).toEqual(want);
});

test.each([
  { case: "more memory slices than there are", profiles: { "3g.40gb": 2, "1g.10gb": 1 } },
  { case: "a seventh slice free, but not where 2g starts", profiles: { "4g.40gb": 1, "2g.20gb": 2 } },
  { case: "two with media extensions, of which a GPU has one set", profiles: { "1g.10gb+me": 2 } },
  { case: "beside the whole GPU", profiles: { "7g.80gb": 1, "1g.10gb": 1 } },
  { case: "a profile of another GPU", profiles: { "1g.5gb": 1 } },
])("does not fit: $case", ({ profiles }) => {
  expect(placed(profiles as unknown as MigProfiles)).toBeUndefined();
});

/** Sets of taken memory slices that these instances can leave, tried one after another. */
function reachable(geometry: MigGeometry, profiles: MigProfiles): Set<number> {
  let taken = new Set([0]);
  for (const [name, count] of Object.entries(profiles)) {
    const profile = geometry.profiles[name];
    const masks = (profile?.starts ?? []).map((start) => (2 ** (profile?.memorySlices ?? 0) - 1) << start);
    for (let instance = 0; instance < count; instance += 1) {
      const extended = (set: number) => masks.filter((mask) => (set & mask) === 0).map((mask) => set | mask);
      taken = new Set([...taken].flatMap(extended));
    }
  }
  return taken;
}

/** Every count of every profile up to its own limit. */
function allWithin(geometry: MigGeometry): MigProfiles[] {
  let all: MigProfiles[] = [{}];
  for (const [name, { maxInstances }] of Object.entries(geometry.profiles)) {
    const counts = Array.from({ length: maxInstances }, (_, index) => index + 1);
    all = all.flatMap((one) => [one, ...counts.map((count) => ({ ...one, [name]: count }))]);
  }
  return all;
}

test.each(Object.entries(migGeometries))(
  "%s: of all combinations, exactly those fit that a try of every place finds, and none has too many slices",
  (_, geometry) => {
    const combinations = allWithin(geometry);
    expect(combinations).toHaveLength(3840);
    const fitting = combinations.filter((profiles) => placeProfiles(geometry, profiles));
    const tried = combinations.filter((profiles) => reachable(geometry, profiles).size > 0);
    expect(fitting).toEqual(tried);
    expect(fitting).toHaveLength(128);
    expect(fitting.filter((profiles) => remainder(geometry, profiles).computeSlices < 0)).toEqual([]);
  },
);

test.each([
  {
    case: "beside a 3g",
    profiles: { "3g.40gb": 1 },
    want: {
      computeSlices: 4,
      memorySlices: 4,
      room: {
        "1g.10gb": 4,
        "1g.10gb+me": 1,
        "1g.20gb": 2,
        "2g.20gb": 2,
        "3g.40gb": 1,
        "4g.40gb": 1,
        "7g.80gb": 0,
      },
    },
  },
  {
    case: "two 3g strand a compute slice",
    profiles: { "3g.40gb": 2 },
    want: {
      computeSlices: 1,
      memorySlices: 0,
      room: {
        "1g.10gb": 0,
        "1g.10gb+me": 0,
        "1g.20gb": 0,
        "2g.20gb": 0,
        "3g.40gb": 0,
        "4g.40gb": 0,
        "7g.80gb": 0,
      },
    },
  },
])("left over: $case", ({ profiles, want }) => {
  expect(remainder(h100, profiles)).toEqual(want);
});

test.each([
  { case: "a default layout", geometry: h100, profiles: { "1g.10gb": 7 }, want: "all-1g.10gb" },
  {
    case: "the same name, fewer on this GPU",
    geometry: a100,
    profiles: { "1g.10gb": 4 },
    want: "all-1g.10gb",
  },
  { case: "with media extensions", geometry: h100, profiles: { "1g.10gb+me": 1 }, want: "all-1g.10gb.me" },
  {
    case: "the balanced one",
    geometry: h100,
    profiles: { "3g.40gb": 1, "1g.10gb": 2, "2g.20gb": 1 },
    want: "all-balanced",
  },
  { case: "fewer than all", geometry: h100, profiles: { "1g.10gb": 6 }, want: "custom-1g.10gb-6" },
  {
    case: "in any order",
    geometry: h100,
    profiles: { "4g.40gb": 1, "1g.10gb+me": 1, "2g.20gb": 1 },
    want: "custom-1g.10gb.me-1-2g.20gb-1-4g.40gb-1",
  },
])("layout name: $case", ({ geometry, profiles, want }) => {
  expect(layoutName(geometry, profiles as unknown as MigProfiles)).toBe(want);
});

test("every layout has a name of its own, which a label can hold", () => {
  for (const geometry of Object.values(migGeometries)) {
    const fitting = allWithin(geometry).filter((profiles) => placeProfiles(geometry, profiles));
    const names = fitting.map((profiles) => layoutName(geometry, profiles));
    expect(new Set(names).size).toBe(fitting.length);
    expect(names.filter((name) => !/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(name))).toEqual([]);
  }
});

test("a plus becomes a dot in names", () => {
  expect([labelPart("1g.5gb+me"), labelPart("1g.5gb")]).toEqual(["1g.5gb.me", "1g.5gb"]);
});

const fits = "what fits the 8 memory slices of nvidia-h100-80gb-sxm where MIG lets it start";

test.each([
  { case: "one that fits", profiles: { "1g.10gb": 7 }, want: [] },
  {
    case: "a profile of another GPU",
    profiles: { "1g.5gb": 7, "3g.40gb": 3 },
    want: [
      {
        path: ["p", "1g.5gb"],
        given: '"1g.5gb"',
        allowed:
          "the MIG profiles of nvidia-h100-80gb-sxm: " +
          "1g.10gb, 1g.10gb+me, 1g.20gb, 2g.20gb, 3g.40gb, 4g.40gb, 7g.80gb",
        remedy: "name one of these profiles",
      },
    ],
  },
  {
    case: "too many of one",
    profiles: { "3g.40gb": 3 },
    want: [
      {
        path: ["p"],
        given: "3 x 3g.40gb on one GPU",
        allowed: fits,
        remedy: "ask for 2 x 3g.40gb per GPU, and give the rest to a layout of other nodes",
      },
    ],
  },
  {
    case: "a combination with no place for one of them",
    profiles: { "4g.40gb": 1, "3g.40gb": 1, "1g.10gb": 1 },
    want: [
      {
        path: ["p"],
        given: "1 x 4g.40gb, 1 x 3g.40gb, 1 x 1g.10gb on one GPU",
        allowed: fits,
        remedy: "ask for 1 x 3g.40gb, 1 x 4g.40gb per GPU, and give the rest to a layout of other nodes",
      },
    ],
  },
  {
    case: "nothing",
    profiles: {},
    want: [
      {
        path: ["p"],
        given: "no profiles",
        allowed: fits,
        remedy: "name at least one profile, for example 1g.10gb",
      },
    ],
  },
])("refused: $case", ({ profiles, want }) => {
  const asked = profiles as unknown as MigProfiles;
  expect(partitionProblems(["p"], "nvidia-h100-80gb-sxm", asked)).toEqual(want);
});

test("an accelerator without MIG is another rule's to refuse", () => {
  expect(partitionProblems(["p"], "nvidia-l4", { "1g.10gb": 7 })).toEqual([]);
});
