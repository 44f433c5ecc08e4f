/** What the stack file of a cluster on Google Cloud may say. */
import { z } from "zod";
import {
  type GcpClusterConfig,
  gcpClusterConfig,
  gcpClusterFields,
} from "../components/cluster/gcp-fields.ts";
import { type GcpPool, gcpPool, gcpPoolEntry } from "../components/cluster/gcp-pool.ts";
import { placedPoolProblems } from "../components/cluster/gcp-pool-rules.ts";
import { clusterPoolProblems, clusterProblems } from "../components/cluster/gcp-rules.ts";
import { dnsLabel } from "../components/names.ts";
import type { Problem } from "../components/planning/problem.ts";
import { gcsStoreFields } from "../components/storage/gcp-fields.ts";
import { platformSections } from "./entries.ts";

const { objectStore: _, ...sections } = platformSections;

/** A private GKE cluster in a project of Google Cloud. */
export const gcpStack = z.strictObject({
  environment: z.literal("gcp"),
  /** Name of the cluster, and beginning of the names of all that belongs to it. */
  name: dnsLabel.max(24),
  ...gcpClusterFields,
  /** Node pools; at least one. */
  pools: z.array(gcpPoolEntry).min(1).max(50),
  ...sections,
  /** Buckets for models and data; runs of teams save checkpoints in a folder of theirs. Default: none. */
  objectStore: z.strictObject(gcsStoreFields).optional(),
});

export type GcpStack = z.output<typeof gcpStack>;

/** Rules between the cluster and its pools, on whatever part is well-formed. */
export function gcpStackProblems(stack: unknown): Problem[] {
  const written: Readonly<Record<string, unknown>> = Object(stack);
  const given = Object.fromEntries(Object.keys(gcpClusterFields).map((key) => [key, written[key]]));
  const config = gcpClusterConfig.safeParse(given).data;
  if (!config) return [];
  const pools = wellFormed(written.pools);
  return [
    ...clusterProblems(config),
    ...clusterPoolProblems(
      config,
      pools.map(({ pool }) => pool),
    ),
    ...pools.flatMap(({ pool, index }) => placed(pool, index, config)),
  ];
}

function wellFormed(pools: unknown): { pool: GcpPool; index: number }[] {
  if (!Array.isArray(pools)) return [];
  return pools.flatMap((raw: unknown, index) => {
    const pool = gcpPool.safeParse(raw).data;
    return pool ? [{ pool, index }] : [];
  });
}

function placed(pool: GcpPool, index: number, config: GcpClusterConfig): Problem[] {
  return placedPoolProblems(pool, config).map((problem) => ({
    ...problem,
    path: ["pools", index, ...problem.path],
  }));
}
