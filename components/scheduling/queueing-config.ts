/** What a caller may say about queues: quotas per team and pool, sharing, time for a gang to start. */
import { z } from "zod";
import { controllerNames } from "../catalogue/controllers.ts";
import { dnsLabel, migProfileName } from "../names.ts";
import { kueueFields } from "./kueue-config.ts";

/** One team's quota in one pool, without the names of the team and its cohort. */
export const quotaFields = {
  /** Pool that the quota is in. */
  pool: dnsLabel,
  /** MIG profile whose slices the quota counts; for pools with sharing mode mig, and for these only. */
  profile: migProfileName.optional(),
  /** Accelerators, replicas or slices that are always the team's own, even if others must be preempted. */
  accelerators: z.int().min(0).max(100_000),
  /** The most that the team may borrow from its cohort while others leave it idle. Default: 0, none. */
  borrowingLimit: z.int().min(0).max(100_000).default(0),
  /** The most that others of the cohort may borrow. Default: all of `accelerators`. */
  lendingLimit: z.int().min(0).max(100_000).optional(),
};

/** Settings of queueing as a whole. */
export const queueingFields = {
  /** The queueing system; what one cannot do is refused, not left out. Default: kueue. */
  backend: z.enum(["kueue", "volcano", "kai"]).default("kueue"),
  /** Groups of teams that lend to each other; at least one. */
  cohorts: z.array(dnsLabel).min(1).max(50),
  /** Divides idle accelerators by what each team borrows, not first come first served. Default: false. */
  fairSharing: z.boolean().default(false),
  ...kueueFields,
};

/** The section of a stack file. */
export const queueingSection = z.strictObject(queueingFields);

/** Weight of a team when idle accelerators are divided; twice the weight may borrow twice as much. */
export const fairSharingWeight = z.int().min(1).max(1000).default(1);

export const queueingConfig = z.strictObject({
  ...queueingFields,
  /** Controllers whose kinds wait in the queues; best those that are installed. Default: all. */
  controllers: z.array(z.enum(controllerNames)).default([...controllerNames]),
  /** One entry per team and pool, or per profile of a partitioned pool. */
  queues: z
    .array(z.strictObject({ ...quotaFields, team: dnsLabel, cohort: dnsLabel, fairSharingWeight }))
    .max(2000),
});
