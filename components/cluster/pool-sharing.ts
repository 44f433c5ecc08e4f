/** What a caller may say about how the pods of a pool share its accelerators. */
import { z } from "zod";
import { draDevices } from "../catalogue/dra.ts";
import { schedulerProfiles } from "../catalogue/schedulers.ts";
import { replicaLimits } from "../catalogue/sharing-modes.ts";
import { report } from "../config.ts";
import { foreignFieldProblems } from "../planning/claim-problems.ts";

/** Pods that share one accelerator. */
const replicas = z.int().min(replicaLimits.least).max(replicaLimits.most);

/** Calls the resource nvidia.com/gpu.shared: who asks for a GPU never gets a replica. Default: true. */
const rename = z.boolean().default(true);

export const sharingField = z
  .discriminatedUnion("mode", [
    /** A pod has its accelerators alone. */
    z.strictObject({ mode: z.literal("dedicated") }),
    /** Pods take turns; nothing keeps them apart. */
    z.strictObject({ mode: z.literal("time-slicing"), replicas, rename }),
    /** Pods run at once, each with an equal limit on memory and threads; one's fault ends all. */
    z.strictObject({ mode: z.literal("mps"), replicas, rename }),
    /** Pods have partitions made in hardware. */
    z.strictObject({
      mode: z.literal("mig"),
      /** Partitions, each of so many nodes of the pool; together all of them. */
      layouts: z
        .array(
          z.strictObject({
            nodes: z.int().min(1).max(1000),
            /** Instances on every GPU of these nodes, by profile. */
            profiles: z.record(z.string().max(20), z.int().min(1).max(7)),
          }),
        )
        .min(1)
        .max(20),
    }),
    /** Pods claim devices, which the scheduler picks one by one. */
    z
      .looseObject({
        mode: z.literal("dra"),
        /** Whole accelerators, MIG partitions made on demand, or parts of the memory. Default: whole. */
        devices: z.enum(draDevices).default("whole"),
        /** How the scheduler places its pods. Default: waste where the cluster has it, else its own. */
        schedulerProfile: z.enum(schedulerProfiles).optional(),
      })
      // Loose, so that fields of other modes are refused with the reason.
      .superRefine((sharing, context) => report(context, foreignFieldProblems(sharing))),
  ])
  .default({ mode: "dedicated" });
