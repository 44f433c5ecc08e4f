/** What Kueue can do beyond quotas of teams; a configuration that leaves all of it out is complete. */
import { z } from "zod";
import { dnsLabel } from "../names.ts";
import { priorityNames } from "./priorities.ts";

/** Accelerators that a cohort owns as a whole, for all below it. */
const cohortQuota = z.strictObject({
  /** Pool that the quota is in. */
  pool: dnsLabel,
  /** Accelerators that all below the cohort share. */
  accelerators: z.int().min(0).max(100_000),
  /** The most that all below it together may borrow from the parent. Default: no limit of its own. */
  borrowingLimit: z.int().min(0).max(100_000).optional(),
  /** The most that the parent's others may borrow of what is below. Default: all. */
  lendingLimit: z.int().min(0).max(100_000).optional(),
});

/** A place in the tree of cohorts. */
const cohortNode = z.strictObject({
  /** One of `cohorts`. */
  cohort: dnsLabel,
  /** The cohort above it, also one of `cohorts`. Default: none, it stands at the top. */
  parent: dnsLabel.optional(),
  /** Weight among its parent's children when idle accelerators are divided. Default: 1. */
  fairSharingWeight: z.int().min(1).max(1000).default(1),
  /** Its own accelerators; each pool at most once. Default: none. */
  quotas: z.array(cohortQuota).max(50).default([]),
});

/** Who goes first among the projects of a team: those that used least of late. */
const admissionFairSharing = z.strictObject({
  /** Seconds after which past use counts half. Default: 604800, a week. */
  usageHalfLifeSeconds: z.int().min(60).max(31_536_000).default(604_800),
  /** Seconds between two looks at what is used. Default: 300. */
  usageSamplingSeconds: z.int().min(1).max(86_400).default(300),
  /** What one accelerator counts. Default: 1. */
  acceleratorWeight: z.int().min(0).max(1000).default(1),
  /** What one CPU core counts. Default: 0. */
  cpuWeight: z.int().min(0).max(1000).default(0),
});

/** Who may be preempted for whom. */
const preemption = z.strictObject({
  /** Whom a job of the same queue may preempt. Default: lower-priority. */
  withinQueue: z.enum(["never", "lower-priority", "lower-or-newer-equal-priority"]).default("lower-priority"),
  /** Whom a queue may preempt to get its own accelerators back. Default: any. */
  reclaim: z.enum(["never", "lower-priority", "any"]).default("any"),
  /** Whom a job may preempt that itself borrows. Default: never. */
  borrowing: z
    .strictObject({
      policy: z.enum(["never", "lower-priority"]).default("lower-priority"),
      /** The highest priority that is preempted so. Default: every lower one. */
      highestPreempted: z.enum(priorityNames).optional(),
    })
    .optional(),
});

const podsReady = z.strictObject({
  /** Seconds until such a job is put back into its queue. Default: 300. */
  timeoutSeconds: z.int().min(10).max(86_400).default(300),
  /** Seconds that a running job may miss a pod. Default: 180. */
  recoverySeconds: z.int().min(10).max(86_400).default(180),
  /** How often it is put back before Kueue gives up on it. Default: 10. */
  retries: z.int().min(0).max(100).default(10),
  /** Seconds before the first retry; doubles each time. Default: 60. */
  backoffBaseSeconds: z.int().min(1).max(3600).default(60),
  /** The longest wait between retries, in seconds. Default: 3600. */
  backoffMaxSeconds: z.int().min(1).max(86_400).default(3600),
  /** Admits the next job only when all pods of the last are ready. Default: false. */
  blockAdmission: z.boolean().default(false),
  /** Where a job that is put back stands: by when it was evicted, or by when it came. Default: eviction. */
  requeueBy: z.enum(["eviction", "creation"]).default("eviction"),
});

const clientConnection = z.strictObject({
  /** Requests a second that Kueue makes of the API server, on average. Default: 300, as its own manifests. */
  qps: z.int().min(10).max(10_000).default(300),
  /** Requests that it may make at once. Default: 500. */
  burst: z.int().min(10).max(20_000).default(500),
});

/** How an autoscaler is asked for nodes. */
export const provisioningClass = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, "a lower-case DNS name");

/** Asks the cloud for nodes before a job is admitted. */
const provisioning = z.strictObject({
  /** Pool whose nodes are asked for; each at most once. */
  pool: dnsLabel,
  /** Provisioning class of the cluster's autoscaler. */
  provisioningClass,
  /** How often a refused request is made again. Default: 3. */
  retries: z.int().min(0).max(100).default(3),
  /** Seconds before the first retry; doubles each time. Default: 60. */
  backoffBaseSeconds: z.int().min(1).max(3600).default(60),
  /** The longest wait between retries, in seconds. Default: 1800. */
  backoffMaxSeconds: z.int().min(1).max(86_400).default(1800),
});

/** Sends admitted jobs to other clusters. */
const multiKueue = z.strictObject({
  /** Pools whose jobs run elsewhere; each at most once. */
  pools: z.array(dnsLabel).min(1).max(50),
  /** Clusters that jobs are offered to. */
  clusters: z
    .array(
      z.strictObject({
        name: dnsLabel,
        /** Secret in Kueue's namespace whose key `kubeconfig` opens the cluster. */
        kubeconfigSecret: dnsLabel,
      }),
    )
    .min(1)
    .max(20),
  /** Seconds after which a job is stopped whose cluster answers no more. Default: 900. */
  workerLostSeconds: z.int().min(10).max(86_400).default(900),
});

/** Settings that only Kueue has. */
export const kueueFields = {
  /** Cohorts above cohorts, and what cohorts own themselves. Default: every cohort stands alone. */
  cohortTree: z.array(cohortNode).max(50).default([]),
  /** Orders the projects of a team by past use. Default: first come, first served. */
  admissionFairSharing: admissionFairSharing.optional(),
  /** Who may be preempted for whom. Default: its fields' own. */
  preemption: preemption.optional(),
  /** What happens to an admitted job whose pods do not all become ready. */
  podsReady: podsReady.optional(),
  /** How much Kueue asks of the API server. Default: as its fields' own. */
  clientConnection: clientConnection.optional(),
  /** Lets jobs change their number of pods while they run (an alpha part of Kueue). Default: false. */
  elasticJobs: z.boolean().default(false),
  /** Pools whose nodes are asked for job by job. Default: none. */
  provisioning: z.array(provisioning).max(50).default([]),
  /** Other clusters that jobs are sent to. Default: none. */
  multiKueue: multiKueue.optional(),
};

export type PodsReady = z.output<typeof podsReady>;
export type ClientConnection = z.output<typeof clientConnection>;
export type Preemption = z.output<typeof preemption>;
export type AdmissionFairSharing = z.output<typeof admissionFairSharing>;
export type CohortNode = z.output<typeof cohortNode>;
export type Provisioning = z.output<typeof provisioning>;
export type MultiKueue = z.output<typeof multiKueue>;

/** What Kueue does where a configuration says nothing. */
export const kueueDefaults = {
  clientConnection: clientConnection.parse({}),
  podsReady: podsReady.parse({}),
  preemption: preemption.parse({}),
};
