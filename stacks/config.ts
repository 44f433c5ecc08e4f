/** What a stack file may say: one strict schema per environment. */
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { localPool } from "../components/cluster/local-pool.ts";
import { onpremPool } from "../components/cluster/onprem-pool.ts";
import { report } from "../components/config.ts";
import { gpuOperatorFields } from "../components/gpu/gpu-operator.ts";
import type { StoreKeys } from "../components/storage/s3-store.ts";
import { awsStack } from "./aws-config.ts";
import { stackProblems } from "./config-rules.ts";
import { costProblems } from "./cost-rules.ts";
import { platformSections, pricingEntry, provisioningClassesEntry, topologyEntry } from "./entries.ts";
import { gcpStack } from "./gcp-config.ts";
import { siteFields } from "./onprem-entries.ts";

/** One machine: a real control plane, simulated accelerator nodes. */
export const localStack = z.strictObject({
  environment: z.literal("local"),
  /** A cloud's prices, by which the plan says what the same machines would cost. Default: none. */
  pricing: pricingEntry.optional(),
  topology: topologyEntry.prefault({}),
  provisioningClasses: provisioningClassesEntry,
  /** Node pools; at least one. */
  pools: z.array(localPool).min(1).max(50),
  ...platformSections,
});

/** A cluster that exists already. */
export const onpremStack = z.strictObject({
  environment: z.literal("onprem"),
  ...siteFields,
  /** Node pools; at least one. */
  pools: z.array(onpremPool).min(1).max(50),
  gpuOperator: z.strictObject(gpuOperatorFields).prefault({}),
  ...platformSections,
});

export const stackConfig = z
  .discriminatedUnion("environment", [localStack, awsStack, gcpStack, onpremStack])
  // Also when a field is malformed, so that the author sees every mistake at once.
  .superRefine((stack, context) => report(context, stackProblems(stack)), { when: () => true })
  // Only what is whole has a cost.
  .superRefine((stack, context) => report(context, costProblems(stack)), {
    when: ({ issues }) => issues.length === 0,
  });

export type StackConfig = z.output<typeof stackConfig>;
export type Environment = StackConfig["environment"];
export type LocalStack = Extract<StackConfig, { environment: "local" }>;
export type OnpremStack = Extract<StackConfig, { environment: "onprem" }>;

/** What a stack is given apart from its file's section, and never shows. */
export interface StackSecrets {
  /** Keys of the object store by team, from the configuration `plinth:objectStoreKeys`. */
  readonly objectStoreKeys?: StoreKeys | undefined;
  /** Content of the cluster's kubeconfig, from the configuration `plinth:kubeconfig`. */
  readonly kubeconfig?: pulumi.Output<string> | undefined;
}
