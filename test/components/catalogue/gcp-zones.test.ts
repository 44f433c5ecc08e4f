import { expect, test } from "vitest";
import { type GcpMachineId, gcpMachines } from "../../../components/catalogue/gcp-machines.ts";
import { gcpPlaces, regionOf } from "../../../components/catalogue/gcp-zones.ts";
import { isKnown } from "../../../components/catalogue/unknown.ts";

test("a machine that is sold less widely than its series", () => {
  const large = gcpPlaces("a3-highgpu-8g");
  const small = gcpPlaces("a3-highgpu-4g");
  if (!isKnown(large) || !isKnown(small)) throw new Error("both are known");
  expect(small.filter((place) => !large.includes(place))).toEqual(["europe-west8-c"]);
  expect(large).toHaveLength(24);
});

test.each<{ machine: GcpMachineId; want: readonly string[] }>([
  { machine: "a2-megagpu-16g", want: ["asia-southeast1-a", "asia-southeast1-c"] },
  { machine: "ct5p-hightpu-4t", want: ["europe-west1", "europe-west4"] },
])("$machine: zones, or regions alone", ({ machine, want }) => {
  const places = gcpPlaces(machine);
  expect(isKnown(places) && places.slice(0, 2)).toEqual(want);
});

test("what is in no list is not known, and what is known are zones or regions", () => {
  const ids = Object.keys(gcpMachines) as GcpMachineId[];
  const unknown = ids.filter((id) => !isKnown(gcpPlaces(id)));
  expect(unknown).toEqual([
    "a4x-highgpu-4g",
    "a4x-maxgpu-4g-metal",
    "tpu7x-standard-4t",
    "tpu7x-standard-1t",
  ]);
  const places = ids.flatMap((id) => {
    const known = gcpPlaces(id);
    return isKnown(known) ? known : [];
  });
  expect(places.filter((place) => !/^[a-z]+-[a-z]+\d+(-[a-z0-9]+)?$/.test(place))).toEqual([]);
});

test("the region of a zone, also of one with a longer name", () => {
  expect(["us-central1-a", "us-south1-ai1b"].map(regionOf)).toEqual(["us-central1", "us-south1"]);
});
