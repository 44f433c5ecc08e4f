/** The entries of a stack file: pools, teams, jobs and the machine room. */
import { z } from "zod";
import { capacityTypes } from "../components/catalogue/price.ts";
import { report } from "../components/config.ts";
import { gpuOperatorFields } from "../components/gpu/gpu-operator.ts";
import { notebookFields } from "../components/interactive/notebook.ts";
import { dnsLabel } from "../components/names.ts";
import { shapeProblems, topologyDomains } from "../components/planning/topology.ts";
import { provisioningClass } from "../components/scheduling/kueue-config.ts";
import { fairSharingWeight, queueingSection, quotaFields } from "../components/scheduling/queueing-config.ts";
import { inferenceServerFields } from "../components/serving/inference-fields.ts";
import { s3StoreFields } from "../components/storage/s3-store.ts";
import { teamFields } from "../components/tenancy/team.ts";
import { jobSetFields } from "../components/training/job-set.ts";
import { leaderWorkerSetFields } from "../components/training/leader-worker-set.ts";
import { mpiJobFields } from "../components/training/mpi-job.ts";
import { rayClusterFields } from "../components/training/ray-cluster.ts";
import { rayJobFields } from "../components/training/ray-job.ts";
import { trainJobFields } from "../components/training/train-job.ts";
import { trainingFields } from "../components/training/training-controllers.ts";
import { trainingJobFields } from "../components/training/training-job.ts";
import { trainingRuntimeFields } from "../components/training/training-runtime.ts";
import { nodeHealthFields } from "../controllers/node-health/settings.ts";
import { modelEntry } from "./model-entry.ts";

/** A team, the cohort that it shares with, and its quota in each pool that it uses. */
export const teamEntry = z.strictObject({
  /** Also the name of its namespace. */
  name: dnsLabel,
  ...teamFields,
  /** One of `queueing.cohorts`. */
  cohort: dnsLabel,
  fairSharingWeight,
  /** Whether its runs may save to `objectStore`, with keys of the team's own. Default: false. */
  objectStore: z.boolean().default(false),
  /** At least one; each pool at most once. */
  quotas: z.array(z.strictObject(quotaFields)).min(1).max(50),
  /** The most that its part of the pools may cost a month. Default: nothing is checked. */
  budgetUsdPerMonth: z.number().min(1).max(1_000_000_000).optional(),
});

/** What every workload says. */
const placeFields = {
  /** Once in the stack. */
  name: dnsLabel,
  /** Team whose quota it uses. */
  team: dnsLabel,
  /** Pool that it runs in; the team must have a quota there. */
  pool: dnsLabel,
};

/** What a job of any kind says. */
const commonFields = {
  ...placeFields,
  /** Project of the team that it counts for. Default: none. */
  project: dnsLabel.optional(),
};

const endingFields = {
  /** Network domain that the whole gang must (required) or should (preferred) share. Default: any nodes. */
  topology: z
    .strictObject({ mode: z.enum(["required", "preferred"]), domain: z.enum(topologyDomains) })
    .optional(),
  /** Simulation only: seconds after which its simulated pods succeed. Default: they run until stopped. */
  runSeconds: z.int().min(1).max(604_800).optional(),
};

/** A training run: a plain gang unless it names another kind. */
export const jobEntry = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("gang").optional(),
    ...commonFields,
    ...trainingJobFields,
    ...endingFields,
  }),
  z.strictObject({ kind: z.literal("jobset"), ...commonFields, ...jobSetFields, ...endingFields }),
  z.strictObject({
    kind: z.literal("trainjob"),
    ...commonFields,
    nodes: trainJobFields.nodes,
    ...trainingRuntimeFields,
    command: trainJobFields.command,
    timeoutSeconds: trainJobFields.timeoutSeconds,
    ...endingFields,
  }),
  z.strictObject({ kind: z.literal("rayjob"), ...commonFields, ...rayJobFields, ...endingFields }),
  z.strictObject({
    kind: z.literal("raycluster"),
    ...commonFields,
    ...rayClusterFields,
    topology: endingFields.topology,
  }),
  z.strictObject({
    kind: z.literal("leaderworkerset"),
    ...commonFields,
    ...leaderWorkerSetFields,
    topology: endingFields.topology,
  }),
  z.strictObject({ kind: z.literal("mpijob"), ...commonFields, ...mpiJobFields, ...endingFields }),
]);

/** A notebook on a team's quota. */
export const notebookEntry = z.strictObject({ ...placeFields, ...notebookFields });

/** A model that is served to a team. */
export const inferenceServerEntry = z.strictObject({
  name: placeFields.name,
  /** Whose pods may ask it; with a pool, also whose quota it uses. */
  team: placeFields.team,
  /** Pool of its accelerators, in which the team has a quota. Default: none, the processor computes. */
  pool: dnsLabel.optional(),
  ...inferenceServerFields,
});

/** A store that exists already; keys are configured apart. */
const objectStoreEntry = z.strictObject(s3StoreFields);

/** Controllers of kinds beyond plain gangs. */
export const trainingEntry = z.strictObject(trainingFields);

/** Which prices of the catalogue. */
export const pricingEntry = z.strictObject({
  /** As the cloud calls it: us-east-1, us-central1. */
  region: z.string().min(1).max(40),
  /** Default: on-demand. */
  capacity: z.enum(capacityTypes).default("on-demand"),
});

/** What is paid for one machine of a pool. */
const priceEntry = z.strictObject({ pool: dnsLabel, usdPerHour: z.number().min(0).max(100_000) });

/** The machine room that simulated nodes stand in. */
export const topologyEntry = z
  .strictObject({
    /** Default: 2. */
    nodesPerRack: z.int().min(1).max(64).default(2),
    /** Default: 4. */
    racksPerBlock: z.int().min(1).max(64).default(4),
    /** Nodes whose GPUs NVLink joins, in pools of GPUs that have it. Default: it ends at the machine. */
    nodesPerNvlinkDomain: z.int().min(2).max(64).optional(),
  })
  .superRefine((room, context) => report(context, shapeProblems([], room)));

/** Provisioning classes that a program of one's own answers, as a cloud's autoscaler would. Default: none. */
export const provisioningClassesEntry = z.array(provisioningClass).max(20).default([]);

/** The sections that a stack file has in every environment. */
export const platformSections = {
  queueing: queueingSection,
  /** Watches over accelerator nodes. Default: off, since simulated nodes fail only when they are told to. */
  nodeHealth: z.strictObject(nodeHealthFields).optional(),
  /** What you pay for machines, by pool. Default: the catalogue's price, where it has one. */
  prices: z.array(priceEntry).max(50).default([]),
  /** Default: none. */
  teams: z.array(teamEntry).max(200).default([]),
  /** Where runs of teams save checkpoints. Default: nowhere. */
  objectStore: objectStoreEntry.optional(),
  training: trainingEntry.prefault({}),
  /** Jobs that the stack itself submits. Default: none. */
  jobs: z.array(jobEntry).max(1000).default([]),
  /** Notebooks of people, on their team's quota. Default: none. */
  notebooks: z.array(notebookEntry).max(1000).default([]),
  /** Models that are planned: their memory, replicas and quota. Default: none. */
  models: z.array(modelEntry).max(200).default([]),
  /** Models that are served by the project's own runtime. Default: none. */
  inferenceServers: z.array(inferenceServerEntry).max(200).default([]),
};

const platformSection = z.strictObject(platformSections);

const gpuOperatorSection = z.strictObject(gpuOperatorFields);

/** What a stack says of all that does not depend on where its cluster is. */
export type PlatformConfig = z.output<typeof platformSection> & {
  /** Where nodes run programs. */
  readonly gpuOperator?: z.output<typeof gpuOperatorSection>;
};
