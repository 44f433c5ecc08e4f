/** What a stack file may say: one strict schema per environment. */
import { z } from "zod";
import { localPool } from "../components/cluster/local-pool.ts";
import { report } from "../components/config.ts";
import type { StoreKeys } from "../components/storage/s3-store.ts";
import { awsStack } from "./aws-config.ts";
import { stackProblems } from "./config-rules.ts";
import { platformSections, pricingEntry, topologyEntry } from "./entries.ts";

/** One machine: a real control plane, simulated accelerator nodes. */
export const localStack = z.strictObject({
  environment: z.literal("local"),
  /** A cloud's prices, by which the plan says what the same machines would cost. Default: none. */
  pricing: pricingEntry.optional(),
  topology: topologyEntry.prefault({}),
  /** Node pools; at least one. */
  pools: z.array(localPool).min(1).max(50),
  ...platformSections,
});

export const stackConfig = z
  .discriminatedUnion("environment", [localStack, awsStack])
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
