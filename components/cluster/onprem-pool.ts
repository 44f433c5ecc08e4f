/** What a pool of nodes that exist already may say: which they are, and what they carry. */
import { z } from "zod";
import { defaultMaxPods } from "../catalogue/cloud-machine.ts";
import { acceleratorIds, accelerators } from "../catalogue/hardware.ts";
import { gpuParts } from "../catalogue/node-images.ts";
import { report } from "../config.ts";
import { dnsLabel, labelKey, labelValue } from "../names.ts";
import { fabricProblems } from "../planning/fabric.ts";
import type { Problem } from "../planning/problem.ts";
import { poolSharingProblems } from "../planning/sharing-problems.ts";
import type { NodePoolRequest } from "./contract.ts";
import { poolFields } from "./pool-fields.ts";

export const onpremPool = z
  .strictObject({
    name: dnsLabel,
    /** Accelerator of every node, by its name in the hardware catalogue. */
    accelerator: z.enum(acceleratorIds),
    /** How many nodes the labels select; fewer or more are refused. */
    nodes: z.int().min(1).max(1000),
    /** Accelerators of one node. */
    acceleratorsPerNode: z.int().min(1).max(16),
    /** Labels that all its nodes have, and no other node. */
    nodeSelector: z
      .record(labelKey, labelValue)
      .refine((labels) => Object.keys(labels).length > 0, "at least one label, lest it selects every node"),
    /** The most pods of a node, as its kubelet says (max-pods). Default: 110, the kubelet's own. */
    maxPods: z.int().min(10).max(1000).optional(),
    /** Parts of NVIDIA's software that the nodes have of their own; the GPU Operator brings the others. */
    carries: z.array(z.enum(gpuParts)).max(gpuParts.length).default([]),
    ...poolFields,
  })
  .superRefine((pool, context) => report(context, onpremPoolProblems(pool)));

function onpremPoolProblems(pool: NodePoolRequest): Problem[] {
  const { accelerator, sliceTopology } = pool;
  if (accelerators[accelerator].resourceName !== "nvidia.com/gpu" || sliceTopology !== undefined) {
    return [
      {
        path: sliceTopology === undefined ? ["accelerator"] : ["sliceTopology"],
        given: sliceTopology ?? accelerator,
        allowed: "GPUs: TPUs are to be had at Google only",
        remedy: "choose a GPU, and leave sliceTopology out",
      },
    ];
  }
  const { maxPods = defaultMaxPods } = pool;
  return [...poolSharingProblems({ ...pool, maxPods }), ...fabricProblems(pool)];
}
