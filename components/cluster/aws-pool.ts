/** What a pool of EC2 machines may say; accelerators, fabric and the rest follow from its machine. */
import { z } from "zod";
import { type AwsMachineId, awsMachines } from "../catalogue/aws-machines.ts";
import { type EksGpuImage, eksGpuImages } from "../catalogue/node-images.ts";
import { report } from "../config.ts";
import { dnsLabel } from "../names.ts";
import { awsAccelerator, awsPoolProblems, efaFabric } from "../planning/aws-pool.ts";
import { poolFields, poolProblems } from "./pool-fields.ts";

const machineIds = Object.keys(awsMachines) as [AwsMachineId, ...AwsMachineId[]];
const imageIds = Object.keys(eksGpuImages) as [EksGpuImage, ...EksGpuImage[]];

/** A zone of a region: us-east-1a. Local zones and Outposts have other names. */
export const zoneName = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d[a-g]$/, "a zone such as us-east-1a, one of a to g of its region");

export const reservationId = z
  .string()
  .regex(/^cr-[0-9a-f]{8,17}$/, "a capacity reservation such as cr-0123456789abcdef0");

const capacity = z
  .discriminatedUnion("type", [
    /** Machines as EC2 has them; spot may be taken back at two minutes' notice. */
    z.strictObject({ type: z.enum(["on-demand", "spot"]) }),
    /** Machines that were reserved, or bought for a time: `id` names them. */
    z.strictObject({ type: z.enum(["reservation", "capacity-block"]), id: reservationId }),
  ])
  .default({ type: "on-demand" });

const awsPoolFields = {
  name: dnsLabel,
  /** Machine of every node, as EC2 calls it; its accelerators follow. */
  machine: z.enum(machineIds),
  /** The most nodes that the pool ever has, which quotas are given out of. */
  nodes: z.int().min(1).max(1000),
  /** Nodes that stay although nothing runs on them. Default: 0. */
  leastNodes: z.int().min(0).max(1000).default(0),
  capacity,
  /** Zones of its nodes, written out: a new zone of the stack moves no pool. */
  zones: z.array(zoneName).min(1).max(6),
  /** Elastic Fabric Adapters between its nodes, placed close together in one zone. Default: false. */
  efa: z.boolean().default(false),
  /** Machine image of EKS. Default: AL2023_x86_64_NVIDIA. */
  image: z.enum(imageIds).default("AL2023_x86_64_NVIDIA"),
  /** Release of the image: nodes change only when this does. Default: the newest when it is made. */
  imageRelease: z
    .string()
    .regex(/^1\.\d{2}\.\d{1,2}-\d{8}$/, "a release: <version of Kubernetes>-<year, month and day>")
    .optional(),
  /** Disk of each node for images, models and what pods write. Default: 200. */
  podStorageGiB: z.int().min(50).max(65_536).default(200),
  sharing: poolFields.sharing,
};

/** As a stack file writes it: read again, it is the same. */
export const awsPoolEntry = z.strictObject(awsPoolFields).superRefine((pool, context) => {
  const own = awsPoolProblems(pool);
  const request = completed(pool);
  report(context, own.length > 0 || !request ? own : poolProblems(request));
});

export const awsPool = awsPoolEntry.transform((pool) => completed(pool) ?? z.NEVER);

export type AwsPool = z.output<typeof awsPool>;

/** What follows from the machine; undefined where planning does not know its accelerator. */
function completed(pool: z.output<z.ZodObject<typeof awsPoolFields>>) {
  const accelerator = awsAccelerator(pool.machine);
  if (accelerator === undefined) return undefined;
  const { accelerators: acceleratorsPerNode, maxPods } = awsMachines[pool.machine];
  return { ...pool, accelerator, acceleratorsPerNode, maxPods, fabric: efaFabric(pool) };
}
