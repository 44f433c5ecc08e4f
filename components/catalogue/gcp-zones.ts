/** Where Google sells each machine: a zone, or a region of which no source says in which of its zones. */
import { type GcpMachineId, type GcpSeries, gcpSeries } from "./gcp-machines.ts";
import { isKnown, type Known, unknown } from "./unknown.ts";

/**
 * A2, A3, A4 and TPU v6e by zone: skypilot-org/skypilot-catalog catalogs/v8/gcp/vms.csv @006059e, which lists
 * what the Compute API says of every zone; its regions agree with those of Cyclenerd's machinetyperegion.csv
 * @ccf1eea. G2, TPU v5e and v5p by region: acceleratortyperegion.csv @ce9f341 of the same project, G4 too.
 * Checked 2026-11-21.
 */
const places: { readonly [Series in GcpSeries]: Known<readonly string[]> } = {
  "a2-highgpu": zones({
    "asia-northeast1": "a c",
    "asia-northeast3": "a b",
    "asia-southeast1": "a b c",
    "europe-west4": "a b",
    "me-west1": "a c",
    "us-central1": "a b c f",
    "us-east1": "b",
    "us-west1": "b",
    "us-west3": "b",
    "us-west4": "b",
  }),
  "a2-megagpu": zones({ "asia-southeast1": "a c", "europe-west4": "a b", "us-central1": "a b c f" }),
  "a2-ultragpu": zones({
    "asia-southeast1": "c",
    "europe-west4": "a",
    "us-central1": "a c",
    "us-east4": "c",
    "us-east5": "a b",
  }),
  "a3-highgpu": zones({
    "asia-east1": "c",
    "asia-northeast1": "b",
    "asia-south1": "c",
    "asia-south2": "b",
    "asia-southeast1": "b c",
    "australia-southeast1": "c",
    "europe-north1": "c",
    "europe-west1": "b c",
    "europe-west3": "c",
    "europe-west4": "b c",
    "europe-west8": "c",
    "europe-west9": "c",
    "us-central1": "a b c",
    "us-east4": "a b c",
    "us-east5": "a",
    "us-west1": "a b",
    "us-west4": "a",
  }),
  "a3-megagpu": zones({
    "asia-east1": "c",
    "asia-northeast1": "b",
    "asia-southeast1": "b c",
    "australia-southeast1": "c",
    "europe-north1": "c",
    "europe-west1": "b c",
    "europe-west3": "c",
    "europe-west4": "b c",
    "us-central1": "a b c",
    "us-east4": "a b c",
    "us-east5": "a",
    "us-west1": "a b",
    "us-west4": "a",
  }),
  "a3-ultragpu": zones({
    "asia-south1": "b",
    "asia-south2": "c",
    "europe-west1": "b",
    "europe-west4": "a",
    "us-central1": "b",
    "us-east4": "b",
    "us-east5": "a",
    "us-south1": "b",
    "us-west1": "c",
  }),
  "a4-highgpu": zones({
    "asia-northeast1": "b",
    "asia-southeast1": "b",
    "europe-north1": "b",
    "europe-west4": "b",
    "us-central1": "b",
    "us-east1": "b",
    "us-east4": "b",
    "us-south1": "b",
    "us-west2": "c",
    "us-west3": "b c",
  }),
  "a4x-highgpu": unknown("in neither list"),
  "a4x-maxgpu": unknown("in neither list"),
  "g2-standard": [
    "asia-east1",
    "asia-northeast1",
    "asia-northeast3",
    "asia-south1",
    "asia-southeast1",
    "europe-west1",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west6",
    "me-central2",
    "northamerica-northeast1",
    "northamerica-northeast2",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-west1",
    "us-west4",
  ],
  "g4-standard": [
    "asia-east1",
    "asia-south2",
    "asia-southeast1",
    "europe-west4",
    "us-central1",
    "us-east4",
    "us-east5",
  ],
  "ct5lp-hightpu": [
    "asia-east1",
    "asia-northeast1",
    "asia-southeast1",
    "europe-north1",
    "europe-west1",
    "europe-west3",
    "europe-west4",
    "northamerica-northeast1",
    "southamerica-west1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west4",
  ],
  "ct5p-hightpu": ["europe-west1", "europe-west4", "us-central1", "us-east1", "us-east5", "us-south1"],
  "ct6e-standard": zones({
    "asia-east1": "c",
    "asia-northeast1": "b",
    "asia-south1": "b c",
    "asia-southeast1": "b",
    "europe-west4": "a",
    "southamerica-east1": "c",
    "southamerica-west1": "a",
    "us-central1": "a b c",
    "us-central2": "b",
    "us-east1": "d",
    "us-east4": "a",
    "us-east5": "a b c",
    "us-south1": "a ai1b c",
    "us-west1": "c",
  }),
  "tpu7x-standard": unknown("Google's page on TPU zones was read for North America alone"),
};

/** Smaller machines of the series are sold there, this one is not. */
const exceptions: Readonly<Partial<Record<GcpMachineId, readonly string[]>>> = {
  "a3-highgpu-8g": ["europe-west8-c"],
};

/** Zones, and regions without their zones, that sell this machine. */
export function gcpPlaces(machine: GcpMachineId): Known<readonly string[]> {
  const known = places[gcpSeries(machine)];
  return isKnown(known) ? known.filter((place) => !exceptions[machine]?.includes(place)) : known;
}

/** The region of a zone: us-central1 of us-central1-a. */
export function regionOf(zone: string): string {
  return zone.split("-").slice(0, 2).join("-");
}

function zones(byRegion: Readonly<Record<string, string>>): string[] {
  return Object.entries(byRegion).flatMap(([region, letters]) =>
    letters.split(" ").map((letter) => `${region}-${letter}`),
  );
}
