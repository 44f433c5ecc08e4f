import { describe, expect, test } from "vitest";
import { h100 } from "../../../bench/support/sharing-mixes.ts";
import type { SharingJob, SharingWay } from "../../../components/planning/sharing-advice-modes.ts";
import { type Placed, type Places, placesOf } from "../../../components/planning/sharing-advice-places.ts";

const small: SharingJob = {
  name: "small",
  memoryGiB: 9,
  engineActive: 0.5,
  smActive: 0.05,
  dramActive: 0,
  needs: {},
};
const half: SharingJob = { ...small, name: "half", memoryGiB: 30 };

function onlyPlaces(way: SharingWay): Places {
  const [places, ...others] = placesOf(way);
  if (!places || others.length > 0) throw new Error("not one kind of places");
  return places;
}

/** Where each job goes in turn: its accelerator and where it starts; null where there is no room. */
function filled(places: Places, accelerators: number, jobs: readonly SharingJob[]) {
  const placed: Placed[][] = Array.from({ length: accelerators }, () => []);
  return jobs.map((kind) => {
    const found = places.find(kind, placed);
    if (!found) return null;
    placed[found.accelerator]?.push({ kind, ...found });
    return [found.accelerator, found.start];
  });
}

describe("slots", () => {
  test("go to the accelerator with the fewest jobs", () => {
    const places = onlyPlaces({ mode: "mps", clients: 2 });
    const found = filled(places, 2, new Array(5).fill(small));
    expect(found).toEqual([[0, 0], [1, 0], [0, 0], [1, 0], null]);
  });

  test("of a layout are one kind for each profile", () => {
    const [, , , large] = h100.slices;
    const [tiny] = h100.slices;
    if (!tiny || !large) throw new Error("no slices");
    const places = placesOf({ mode: "mig", layout: [tiny, tiny, large] });
    expect(places.map(({ capacity, sliceOf }) => [capacity, sliceOf(small)?.profile])).toEqual([
      [2, "1g.10gb"],
      [1, "3g.40gb"],
    ]);
  });
});

describe("partitions", () => {
  const places = onlyPlaces({ mode: "dra-partitions", slices: h100.slices });

  test("stand at the first place that is free", () => {
    expect(filled(places, 1, new Array(8).fill(small))).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [0, 3],
      [0, 4],
      [0, 5],
      [0, 6],
      null,
    ]);
  });

  test("small ones at the first place keep large ones from starting there", () => {
    expect(filled(places, 2, [small, half, half, half, half])).toEqual([
      [0, 0],
      [0, 4],
      [1, 0],
      [1, 4],
      null,
    ]);
  });
});

describe("shares", () => {
  test("fill one accelerator's memory before the next", () => {
    const places = onlyPlaces({ mode: "dra-shares", clients: 8, memoryGiB: 80 });
    const found = filled(places, 2, [half, small, half, small, half]);
    expect(found).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [1, 0],
    ]);
  });

  test("are at least an equal part, so that no more share than are wanted", () => {
    const places = onlyPlaces({ mode: "dra-shares", clients: 3, memoryGiB: 80 });
    expect(filled(places, 1, new Array(4).fill(small))).toEqual([[0, 0], [0, 0], [0, 0], null]);
  });
});
