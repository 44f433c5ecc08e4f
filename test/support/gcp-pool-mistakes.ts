/** Pools of GKE that break one rule each, with what they are refused with. */
import { makeGcpPool, makeTpuPool, type WrittenGcpPool } from "./gcp-pools.ts";

export type Row = [path: string, given: string, allowed: string, remedy: string];

const one: Partial<WrittenGcpPool> = { zones: ["us-central1-a"] };
const reserved = { type: "reservation", reservation: "h100s" } as const;
const series = "a3-megagpu, a3-ultragpu, a4-highgpu, a4x-highgpu, a4x-maxgpu, ct6e-standard, tpu7x-standard";

export const poolMistakes: readonly { case: string; pool: WrittenGcpPool; want: Row[] }[] = [
  { case: "the pool that every row spoils once", pool: makeGcpPool(), want: [] },
  { case: "the slices that every row spoils once", pool: makeTpuPool(), want: [] },
  {
    case: "a zone of the region that does not sell the machine (F100)",
    pool: makeGcpPool({ machine: "a3-ultragpu-8g", zones: ["us-central1-a"] }),
    want: [
      [
        "zones.0",
        '"us-central1-a" for a3-ultragpu-8g',
        "us-central1-b in this region: the places that sell it",
        "choose one of these, or another machine",
      ],
    ],
  },
  {
    case: "a region that does not sell the machine (F100)",
    pool: makeTpuPool({ machine: "ct5p-hightpu-4t", zones: ["us-west1-a"], sliceTopology: "2x2x1" }),
    want: [
      [
        "zones.0",
        '"us-west1-a" for ct5p-hightpu-4t',
        "zones of europe-west1, europe-west4, us-central1, us-east1, us-east5, us-south1: " +
          "the places that sell it",
        "choose one of these, or another machine",
      ],
    ],
  },
  {
    case: "a zone twice",
    pool: makeGcpPool({ zones: ["us-central1-a", "us-central1-a"] }),
    want: [["zones.1", '"us-central1-a" again', "each zone once", "remove it"]],
  },
  {
    case: "nodes that do not divide over the zones",
    pool: makeGcpPool({ nodes: 5, minNodes: 0 }),
    want: [
      [
        "nodes",
        "5",
        "a multiple of 2, the zones that they are spread over",
        "make it 6, or name fewer zones",
      ],
    ],
  },
  {
    case: "a least above the most",
    pool: makeGcpPool({ minNodes: 6 }),
    want: [["minNodes", "6", "0 to 4, a multiple of 2", "make it 4"]],
  },
  {
    case: "a least that does not divide over the zones",
    pool: makeGcpPool({ minNodes: 3 }),
    want: [["minNodes", "3", "0 to 4, a multiple of 2", "make it 2"]],
  },
  {
    case: "more replicas than pods of a node",
    pool: makeGcpPool({ sharing: { mode: "time-slicing", replicas: 14, rename: false } }),
    want: [
      [
        "sharing.replicas",
        "14, so 112 on a node",
        "2 to 13: a node of this pool takes at most 110 pods",
        "lower replicas to 13",
      ],
    ],
  },
  {
    case: "as many replicas as pods of a node, which are more than those of the same GPUs at AWS",
    pool: makeGcpPool({ sharing: { mode: "mps", replicas: 13, rename: false } }),
    want: [],
  },
  {
    case: "more partitions than pods of a node",
    pool: makeGcpPool({
      machine: "a2-megagpu-16g",
      zones: ["us-central1-c"],
      sharing: { mode: "mig", layouts: [{ nodes: 4, profiles: { "1g.5gb": 7 } }] },
    }),
    want: [
      [
        "sharing.layouts.0.profiles",
        "7 on a GPU, so 112 on a node",
        "at most 6 on a GPU: a node of this pool takes at most 110 pods",
        "make fewer and larger partitions, or choose a machine with fewer GPUs",
      ],
    ],
  },
  {
    case: "flex-start with nodes that stay",
    pool: makeGcpPool({ minNodes: 2, capacity: { type: "flex-start", maxRunHours: 24 } }),
    want: [
      [
        "minNodes",
        "2",
        "0: machines of flex-start come when something asks for them, and end by themselves",
        "leave minNodes out",
      ],
    ],
  },
  {
    case: "a reservation in two zones",
    pool: makeGcpPool({ capacity: { type: "reservation", reservation: "h100s" } }),
    want: [
      [
        "zones",
        "us-central1-a, us-central1-b",
        "one zone: reservation h100s is in one",
        "name the reservation's zone, and make a pool for each further reservation",
      ],
    ],
  },
  {
    case: "the policy of a reservation, in a compact pool",
    pool: makeGcpPool({ ...one, compact: true, capacity: { ...reserved, placementPolicy: "near" } }),
    want: [],
  },
  {
    case: "close together although the reservation was made without",
    pool: makeGcpPool({ ...one, compact: true, capacity: reserved }),
    want: [
      [
        "capacity.placementPolicy",
        "nothing, in a compact pool of reservation h100s",
        "the placement policy that the reservation was made with: none is added afterwards",
        "name it, or leave compact out: machines stay where they were reserved",
      ],
    ],
  },
  {
    case: "the policy of a reservation, in a pool that is not compact",
    pool: makeGcpPool({ ...one, capacity: { ...reserved, placementPolicy: "near" } }),
    want: [
      [
        "compact",
        "false, with placement policy near",
        "true: reservation h100s gives its machines to who names its policy",
        "set compact to true, or leave placementPolicy out where the reservation has none",
      ],
    ],
  },
  {
    case: "close together in the reservation of another project",
    pool: makeGcpPool({
      ...one,
      compact: true,
      capacity: { ...reserved, project: "acme-shared", placementPolicy: "near" },
    }),
    want: [
      [
        "compact",
        "true, with reservation h100s of project acme-shared",
        "false: a placement policy is of the cluster's own project and region",
        "leave compact out, or reserve the machines in the cluster's project",
      ],
    ],
  },
  {
    case: "close together in two zones",
    pool: makeGcpPool({ compact: true }),
    want: [
      [
        "zones",
        "us-central1-a, us-central1-b",
        "one zone in a compact pool",
        "name one zone, or make a compact pool in each",
      ],
    ],
  },
  {
    case: "compact slices",
    pool: makeTpuPool({ compact: true }),
    want: [
      [
        "compact",
        "true",
        "false in a pool of TPUs: the hosts of a slice are always together",
        "leave compact out",
      ],
    ],
  },
  {
    case: "compact and queued",
    pool: makeGcpPool({
      machine: "a4-highgpu-8g",
      zones: ["us-central1-b"],
      compact: true,
      capacity: { type: "flex-start", maxRunHours: 24 },
    }),
    want: [
      [
        "compact",
        "true, with queued flex-start",
        "false: queued provisioning places the machines itself",
        "leave compact out, or set capacity.queued to false",
      ],
    ],
  },
  {
    case: "compact flex-start of a machine that is not placed so",
    pool: makeGcpPool({
      ...one,
      compact: true,
      capacity: { type: "flex-start", maxRunHours: 24, queued: false },
    }),
    want: [
      [
        "compact",
        "true, with flex-start a3-highgpu-8g",
        "false: flex-start places a3-ultragpu, a4-highgpu alone close together",
        "leave compact out, or choose another capacity",
      ],
    ],
  },
  {
    case: "a network that the machine does not have",
    pool: makeGcpPool({ machine: "a2-highgpu-8g", network: "high-speed" }),
    want: [
      [
        "network",
        '"high-speed" for a2-highgpu-8g',
        `"standard": GKE makes networks for the accelerators of ${series} alone`,
        "leave network out, or choose one of these machines",
      ],
    ],
  },
  {
    case: "TCPX of A3 High, whose networks GKE does not make",
    pool: makeGcpPool({ network: "high-speed" }),
    want: [
      [
        "network",
        '"high-speed" for a3-highgpu-8g',
        `"standard": GKE makes networks for the accelerators of ${series} alone`,
        "leave network out, or choose one of these machines",
      ],
    ],
  },
  {
    case: "a driver of TPUs",
    pool: makeTpuPool({ driver: "LATEST" }),
    want: [
      ["driver", '"LATEST"', "nothing for google-tpu-v5e: its driver is part of the machine", "leave it out"],
    ],
  },
  {
    case: "a slice that the machine makes no part of",
    pool: makeTpuPool({ sliceTopology: "1x1" }),
    want: [
      [
        "sliceTopology",
        '"1x1", with 4 per node',
        "the slices of google-tpu-v5e, each with its acceleratorsPerNode: 1x1 of 1, 2x2 of 4, 2x4 of 8, " +
          "2x4 of 4, 4x4 of 4, 4x8 of 4, 8x8 of 4, 8x16 of 4, 16x16 of 4",
        "choose one of these",
      ],
    ],
  },
  {
    case: "a part of a slice",
    pool: makeTpuPool({ nodes: 6 }),
    want: [
      ["nodes", "6", "a multiple of 4, the hosts of a slice 4x4", "make it 8, or choose smaller slices"],
    ],
  },
  {
    case: "a partition that the GPU lacks",
    pool: makeGcpPool({
      machine: "g2-standard-96",
      sharing: { mode: "mig", layouts: [{ nodes: 4, profiles: { "1g.10gb": 7 } }] },
    }),
    want: [
      [
        "sharing.mode",
        '"mig" for nvidia-l4',
        "an accelerator that has MIG: nvidia-a100-40gb, nvidia-a100-80gb, nvidia-h100-80gb-sxm, " +
          "nvidia-h200-141gb-sxm, nvidia-b200-sxm",
        "choose one of these, or share by time-slicing or mps",
      ],
    ],
  },
  {
    case: "more nodes than a pool of GKE has",
    pool: makeGcpPool({ nodes: 1002, minNodes: 0 }),
    want: [["nodes", "1002", "at most 1000", "lower it to 1000"]],
  },
];
