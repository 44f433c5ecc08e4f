/** What a stack file may say of an environment on AWS. */
import { z } from "zod";
import { awsBudgetFields } from "../components/cluster/aws-budget.ts";
import { awsControlPlaneFields } from "../components/cluster/aws-control-plane.ts";
import { awsNetworkFields } from "../components/cluster/aws-network.ts";
import { awsPoolEntry } from "../components/cluster/aws-pool.ts";
import { awsRegion } from "../components/cluster/aws-region.ts";
import { cachedRegistries } from "../components/cluster/aws-registry.ts";
import { chartMirrorField } from "../components/cluster/helm-release.ts";
import { dnsLabel } from "../components/names.ts";
import { awsVolumeFields } from "../components/storage/aws-shared-volumes.ts";
import { awsStoreFields } from "../components/storage/aws-store.ts";
import { platformSections } from "./entries.ts";

/** A cluster of EKS in a network of its own, with pools of EC2 machines. */
export const awsStack = z.strictObject({
  environment: z.literal("aws"),
  /** The account and the cluster in it. */
  aws: z.strictObject({
    /** Twelve digits; a login to any other account is refused. */
    account: z.string().regex(/^\d{12}$/, "an account number of twelve digits"),
    region: awsRegion,
    /** Name of the cluster, and of everything that belongs to it. */
    cluster: dnsLabel,
    ...awsNetworkFields,
    ...awsControlPlaneFields,
    /** Buckets of the stack's own, which teams with `objectStore` have folders in. Default: none. */
    buckets: z.strictObject(awsStoreFields).optional(),
    /** File systems that many pods share. Default: none. */
    sharedVolumes: z.strictObject(awsVolumeFields).optional(),
    /** Images of public registries, kept in the account under the registry's name. Default: none. */
    imageCaches: z.array(z.enum(cachedRegistries)).max(10).default([]),
    /** What the stack may cost, told to people before it does. Default: nobody is told. */
    budget: z.strictObject(awsBudgetFields).optional(),
  }),
  /** One repository with every chart, for sites that reach no other. Default: each chart's own. */
  chartMirror: chartMirrorField.optional(),
  /** Node pools; at least one. */
  pools: z.array(awsPoolEntry).min(1).max(50),
  ...platformSections,
});

export type AwsStack = z.output<typeof awsStack>;
