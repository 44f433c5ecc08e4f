/** A stack whose three pools are shared in three ways, and jobs on every kind of device in them. */
import { images } from "../../components/catalogue/versions.ts";

const pools = [
  {
    name: "notebooks",
    accelerator: "nvidia-l4",
    nodes: 2,
    acceleratorsPerNode: 1,
    sharing: { mode: "time-slicing", replicas: 4 },
  },
  {
    name: "services",
    accelerator: "nvidia-a100-40gb",
    nodes: 1,
    acceleratorsPerNode: 1,
    sharing: { mode: "mps", replicas: 3, rename: false },
  },
  {
    name: "slices",
    accelerator: "nvidia-h100-80gb-sxm",
    nodes: 3,
    acceleratorsPerNode: 2,
    sharing: {
      mode: "mig",
      layouts: [
        { nodes: 1, profiles: { "1g.10gb": 7 } },
        { nodes: 2, profiles: { "3g.40gb": 1, "2g.20gb": 1, "1g.10gb": 2 } },
      ],
    },
  },
];

const small = "1g.10gb";
const large = "3g.40gb";

function quota(pool: string, accelerators: number, change: object = {}) {
  return { pool, accelerators, ...change };
}

const teams = [
  {
    name: "red",
    costCenter: "cc-1",
    cohort: "platform",
    quotas: [
      quota("notebooks", 4, { borrowingLimit: 2 }),
      quota("slices", 16, { profile: small }),
      quota("slices", 0, { profile: large, borrowingLimit: 2 }),
    ],
  },
  {
    name: "blue",
    costCenter: "cc-2",
    cohort: "platform",
    quotas: [
      quota("notebooks", 4),
      quota("services", 3),
      quota("slices", 6, { profile: small, borrowingLimit: 4 }),
      quota("slices", 4, { profile: large }),
    ],
  },
];

/** A job of so many pods, each with one device. */
function job(name: string, team: string, pool: string, pods: number, change: object = {}) {
  const image = images.placeholder.reference;
  return { name, team, pool, nodes: pods, acceleratorsPerNode: 1, image, ...change };
}

const all = ["memory", "fault", "performance"];

/** They fill each team's quota of each kind of device, with what it may borrow. */
export const firstJobs = [
  job("sweep", "red", "notebooks", 3, { gpuMemoryGiB: 5 }),
  job("tune", "red", "notebooks", 3, { gpuMemoryGiB: 5 }),
  job("embed", "blue", "services", 2, { isolation: ["memory"], gpuMemoryGiB: 13 }),
  job("scan", "red", "slices", 16, { profile: small, isolation: all }),
  job("train", "blue", "slices", 3, { profile: large, isolation: all, gpuMemoryGiB: 39 }),
  job("last", "blue", "slices", 1, { profile: large }),
];

/** What comes later finds less than it wants. */
export const laterJobs = [
  job("extra", "red", "notebooks", 1, { gpuMemoryGiB: 5 }),
  job("rerank", "blue", "services", 2, { isolation: ["memory"] }),
  job("score", "blue", "slices", 7, { profile: small }),
  job("probe", "red", "slices", 2, { profile: large }),
];

export function sharedStack(jobs: readonly object[]) {
  // Kept for a team to come: a cohort that owns of pools whose devices are not the same.
  const reserve = { cohort: "reserve", quotas: [quota("notebooks", 0), quota("services", 0)] };
  const queueing = { cohorts: ["platform", "reserve"], cohortTree: [reserve] };
  return { environment: "local", pools, queueing, teams, jobs };
}
