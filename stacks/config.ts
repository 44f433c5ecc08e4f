/** What a stack file may say: one strict schema per environment. */
import { z } from "zod";
import { report } from "../components/config.ts";
import { queueingSection } from "../components/scheduling/queueing-config.ts";
import type { StoreKeys } from "../components/storage/s3-store.ts";
import { nodeHealthFields } from "../controllers/node-health/settings.ts";
import { stackProblems } from "./config-rules.ts";
import {
  jobEntry,
  notebookEntry,
  objectStoreEntry,
  poolEntry,
  teamEntry,
  topologyEntry,
  trainingEntry,
} from "./entries.ts";

/** One machine: a real control plane, simulated accelerator nodes. */
const localStack = z.strictObject({
  environment: z.literal("local"),
  topology: topologyEntry.prefault({}),
  /** Node pools; at least one. */
  pools: z.array(poolEntry).min(1).max(50),
  queueing: queueingSection,
  /** Watches over accelerator nodes. Default: off, since simulated nodes fail only when they are told to. */
  nodeHealth: z.strictObject(nodeHealthFields).optional(),
  /** Default: none. */
  teams: z.array(teamEntry).max(200).default([]),
  /** Where runs of teams save checkpoints. Default: nowhere. */
  objectStore: objectStoreEntry.optional(),
  training: trainingEntry.prefault({}),
  /** Jobs that the stack itself submits. Default: none. */
  jobs: z.array(jobEntry).max(1000).default([]),
  /** Notebooks of people, on their team's quota. Default: none. */
  notebooks: z.array(notebookEntry).max(1000).default([]),
});

export const stackConfig = z
  .discriminatedUnion("environment", [localStack])
  // Also when a field is malformed, so that the author sees every mistake at once.
  .superRefine((stack, context) => report(context, stackProblems(stack)), { when: () => true });

export type StackConfig = z.output<typeof stackConfig>;
export type Environment = StackConfig["environment"];
export type LocalStack = Extract<StackConfig, { environment: "local" }>;

/** What a stack is given apart from its file's section, and never shows. */
export interface StackSecrets {
  /** Keys of the object store by team, from the configuration `plinth:objectStoreKeys`. */
  readonly objectStoreKeys?: StoreKeys | undefined;
}
