/** A stack of TPU slices: three of two hosts each, one of a single host, and jobs that want a slice. */
import { images } from "../../components/catalogue/versions.ts";

const image = images.placeholder.reference;

const pools = [
  { name: "tpu", accelerator: "google-tpu-v5e", nodes: 6, acceleratorsPerNode: 4, sliceTopology: "2x4" },
  { name: "single", accelerator: "google-tpu-v6e", nodes: 1, acceleratorsPerNode: 8, sliceTopology: "2x4" },
];

const teams = [
  {
    name: "red",
    costCenter: "cc-1",
    cohort: "platform",
    quotas: [
      { pool: "tpu", accelerators: 24 },
      { pool: "single", accelerators: 8 },
    ],
  },
];

const slice = { nodes: 2, acceleratorsPerNode: 4, image };

/** They take all slices of two hosts, and that of one. */
export const firstSlices = [
  { name: "first", team: "red", pool: "tpu", ...slice },
  { kind: "jobset", name: "second", team: "red", pool: "tpu", roles: [{ name: "trainer", ...slice }] },
  { kind: "leaderworkerset", name: "serve", team: "red", pool: "tpu", ...slice },
  { name: "small", team: "red", pool: "single", nodes: 1, acceleratorsPerNode: 8, image },
];

/** It comes later. */
export const lateSlice = { name: "third", team: "red", pool: "tpu", ...slice };

/** It takes a slice from whoever has one. */
export const urgentSlice = { name: "urgent", team: "red", pool: "tpu", priority: "high", ...slice };

export function sliceStack(jobs: readonly object[]) {
  return {
    environment: "local",
    pools,
    queueing: { cohorts: ["platform"] },
    training: { controllers: ["jobset", "lws"] },
    teams,
    jobs,
  };
}
