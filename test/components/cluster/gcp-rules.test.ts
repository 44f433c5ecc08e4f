import { expect, test } from "vitest";
import { type GcpClusterConfig, gcpClusterConfig } from "../../../components/cluster/gcp-fields.ts";
import {
  clusterPoolProblems,
  clusterProblems,
  gcpPlaceWarnings,
} from "../../../components/cluster/gcp-rules.ts";
import type { Problem } from "../../../components/planning/problem.ts";
import { makeGcpPool, makeTpuPool, readGcpPool, type WrittenGcpPool } from "../../support/gcp-pools.ts";
import { makeGcpCluster } from "../../support/gcp-stack.ts";

function makeConfig(changes: object = {}): GcpClusterConfig {
  return gcpClusterConfig.parse({ ...makeGcpCluster(), ...changes });
}

function rows(problems: readonly Problem[]) {
  return problems.map(({ path, given, allowed }) => [path.join("."), given, allowed]);
}

const system = makeGcpCluster().systemPool;

test.each([
  { case: "the cluster that every row spoils once", spoil: {}, want: [] },
  {
    case: "a system node elsewhere",
    spoil: { systemPool: { zones: ["us-east4-a"] } },
    want: [["systemPool.zones.0", '"us-east4-a"', "a zone of us-central1, the region of the cluster"]],
  },
  {
    case: "a least above the most",
    spoil: { systemPool: { ...system, minNodesPerZone: 4 } },
    want: [["systemPool.minNodesPerZone", "4", "1 to 3, the most of a zone"]],
  },
  {
    case: "too few hours for maintenance",
    spoil: { maintenance: { days: ["SU"], hours: 11 } },
    want: [["maintenance.hours", "11 on SU: 44 in 32 days", "at least 48 hours in 32 days"]],
  },
  { case: "just enough hours", spoil: { maintenance: { days: ["SU"], hours: 12 } }, want: [] },
  {
    case: "an exclusion that ends before it begins",
    spoil: {
      maintenance: {
        exclusions: [{ name: "run", start: "2027-01-02T00:00:00Z", end: "2027-01-01T00:00:00Z" }],
      },
    },
    want: [["maintenance.exclusions.0.end", "2027-01-01T00:00:00Z", "a moment after 2027-01-02T00:00:00Z"]],
  },
])("$case", ({ spoil, want }) => {
  expect(rows(clusterProblems(makeConfig(spoil)))).toEqual(want);
});

const l4 = makeGcpPool({ name: "l4", machine: "g2-standard-4", capacity: { type: "spot" } });
const h100 = { accelerator: "nvidia-h100-80gb-sxm", accelerators: 31 };
const atMost = " in us-central1 when all pools are at their maximum";

test.each<{ case: string; config: object; pools: WrittenGcpPool[]; want: unknown[] }>([
  {
    case: "a quota short by one, counted over all zones (F98)",
    config: { quotas: [h100] },
    pools: [makeGcpPool()],
    want: [
      [
        "quotas.0.accelerators",
        `32 accelerators of nvidia-h100-80gb-sxm${atMost} (h100 32)`,
        "at most 31, the declared quota nvidia-h100-80gb-sxm",
      ],
    ],
  },
  { case: "enough", config: { quotas: [{ ...h100, accelerators: 32 }] }, pools: [makeGcpPool()], want: [] },
  {
    case: "reserved machines are not counted",
    config: { quotas: [h100] },
    pools: [makeGcpPool({ zones: ["us-central1-a"], capacity: { type: "reservation", reservation: "r" } })],
    want: [],
  },
  {
    case: "spot machines have a quota of their own",
    config: { quotas: [{ accelerator: "nvidia-l4", capacity: "spot", accelerators: 3 }] },
    pools: [l4],
    want: [
      [
        "quotas.0.accelerators",
        `4 accelerators of PREEMPTIBLE_NVIDIA_L4_GPUS${atMost} (l4 4)`,
        "at most 3, the declared quota PREEMPTIBLE_NVIDIA_L4_GPUS",
      ],
    ],
  },
  {
    case: "TPUs, whose metric nobody names, are counted all the same; flex-start counts as spot",
    config: { quotas: [{ accelerator: "google-tpu-v5e", capacity: "spot", accelerators: 31 }] },
    pools: [makeTpuPool({ capacity: { type: "flex-start", maxRunHours: 24 } })],
    want: [
      [
        "quotas.0.accelerators",
        `32 accelerators of google-tpu-v5e (spot)${atMost} (tpu 32)`,
        "at most 31, the declared quota google-tpu-v5e (spot)",
      ],
    ],
  },
  {
    case: "a quota of spot says nothing of others",
    config: { quotas: [{ accelerator: "nvidia-l4", accelerators: 0 }] },
    pools: [l4],
    want: [],
  },
  {
    case: "more nodes than pods have addresses for",
    config: { network: { pods: "10.64.0.0/21" } },
    pools: [makeGcpPool()],
    want: [
      [
        "network.pods",
        "10.64.0.0/21, room for 8 nodes",
        "room for 10, all nodes of the pools at their most and of the system pool",
      ],
    ],
  },
])("$case", ({ config, pools, want }) => {
  expect(rows(clusterPoolProblems(makeConfig(config), pools.map(readGcpPool)))).toEqual(want);
});

test("one zone without a reservation is warned of, and nothing else (F102)", () => {
  const reserved = makeGcpPool({
    name: "kept",
    zones: ["us-central1-a"],
    capacity: { type: "reservation", reservation: "r" },
  });
  expect(gcpPlaceWarnings([makeGcpPool(), makeTpuPool(), reserved, l4].map(readGcpPool))).toEqual([
    "pool tpu: ct5lp-hightpu-4t in us-central1-a alone and without a reservation; once none is left, " +
      "google-tpu-v5e comes from nowhere else",
  ]);
});
