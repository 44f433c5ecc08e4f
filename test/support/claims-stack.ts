/** A stack with a DRA pool of each kind beside one of the device plugin's, and jobs that claim devices. */
import { images } from "../../components/catalogue/versions.ts";

const h100 = "nvidia-h100-80gb-sxm";

const pools = [
  { name: "cards", accelerator: h100, nodes: 2, acceleratorsPerNode: 2, sharing: { mode: "dra" } },
  {
    name: "parts",
    accelerator: h100,
    nodes: 1,
    acceleratorsPerNode: 2,
    sharing: { mode: "dra", devices: "partitions" },
  },
  {
    name: "shared",
    accelerator: "nvidia-l4",
    nodes: 2,
    acceleratorsPerNode: 1,
    sharing: { mode: "dra", devices: "shares" },
  },
  { name: "plugged", accelerator: "nvidia-l40s", nodes: 1, acceleratorsPerNode: 1 },
];

function quota(pool: string, accelerators: number, borrowingLimit = 0) {
  return { pool, accelerators, borrowingLimit };
}

const teams = [
  {
    name: "red",
    costCenter: "cc-1",
    cohort: "platform",
    quotas: [quota("cards", 2), quota("parts", 1), quota("shared", 1), quota("plugged", 1)],
  },
  {
    name: "blue",
    costCenter: "cc-2",
    cohort: "platform",
    quotas: [quota("cards", 2), quota("parts", 1)],
  },
];

/** A job of so many pods, each with one device. */
function job(name: string, team: string, pool: string, pods: number, change: object = {}) {
  const image = images.placeholder.reference;
  return { name, team, pool, nodes: pods, acceleratorsPerNode: 1, image, ...change };
}

/** What runs at once, each team within its own quota. */
export const firstJobs = [
  job("pretrain", "red", "cards", 1, { acceleratorsPerNode: 2, isolation: ["memory", "fault"] }),
  job("large", "red", "parts", 1, { profile: "4g.40gb", isolation: ["performance"] }),
  job("serve", "red", "shared", 2, { gpuMemoryGiB: 10 }),
  job("plain", "red", "plugged", 1),
];

/** What finds room beside these. */
export const laterJobs = [
  job("tune", "blue", "cards", 2),
  job("medium", "red", "parts", 1, { profile: "3g.40gb" }),
  job("huge", "blue", "parts", 1, { profile: "7g.80gb" }),
  job("small", "red", "shared", 1, { gpuMemoryGiB: 2.4 }),
];

/** What finds none, in the quota of its team. */
export const waitingJobs = [
  job("more", "blue", "cards", 1),
  job("sliver", "red", "parts", 1, { profile: "1g.10gb" }),
  job("late", "red", "shared", 1, { gpuMemoryGiB: 1 }),
];

export function claimsStack(jobs: readonly object[]) {
  return { environment: "local", pools, queueing: { cohorts: ["platform"] }, teams, jobs };
}
