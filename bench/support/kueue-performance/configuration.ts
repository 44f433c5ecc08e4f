/** Kueue's own scheduler performance configurations: queues, workloads in time, and what must hold. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { BenchRefusal } from "../table.ts";

const amount = z.union([z.number(), z.string()]).transform(String);

const workload = z.object({
  className: z.string(),
  runtimeMs: z.number(),
  priority: z.number(),
  request: amount,
  podCount: z.number().default(1),
  tasConstraint: z.enum(["required", "preferred", "balanced"]).optional(),
  tasLevel: z.string().optional(),
  sliceSize: z.number().default(1),
});
export type PerformanceWorkload = z.output<typeof workload>;

const queuesSet = z.object({
  className: z.string(),
  count: z.number(),
  nominalQuota: z.coerce.number(),
  borrowingLimit: z.coerce.number(),
  reclaimWithinCohort: z.literal("Any"),
  withinClusterQueue: z.literal("LowerPriority"),
  workloadsSets: z.array(
    z.object({ count: z.number(), creationIntervalMs: z.number(), workloads: z.array(workload) }),
  ),
});

const generator = z.object({
  topology: z
    .object({
      levels: z.array(
        z.object({
          name: z.string(),
          count: z.number(),
          nodeLabel: z.string(),
          capacity: z.record(z.string(), z.string()).optional(),
        }),
      ),
    })
    .optional(),
  cohorts: z.array(z.object({ className: z.string(), count: z.number(), queuesSets: z.array(queuesSet) })),
});

/** Numbers are written with underscores, which YAML 1.2 reads as text. */
const figure = z.union([z.number(), z.string().transform((text) => Number(text.replaceAll("_", "")))]);

const rangespec = z.object({
  cmd: z.object({ maxWallMs: figure }),
  clusterQueueClassesMinUsage: z.record(z.string(), figure),
  wlClassesMaxAvgTimeToAdmissionMs: z.record(z.string(), figure),
});

export interface PerformanceSet {
  readonly generator: z.output<typeof generator>;
  readonly thresholds: z.output<typeof rangespec>;
}

/** Reads one of the sets; they are not part of this project. */
export function readPerformanceSet(
  name: string,
  folder = process.env.PLINTH_KUEUE_PERFORMANCE_DATA,
): PerformanceSet {
  const beside = "../../../../shared/data/manifests/kueue-scheduler-perf-configs";
  const directory = join(folder ?? resolve(import.meta.dirname, beside), name);
  const [generatorFile, rangeFile] = ["generator.yaml", "rangespec.yaml"].map((file) =>
    join(directory, file),
  );
  if (!generatorFile || !rangeFile || !existsSync(generatorFile) || !existsSync(rangeFile)) {
    throw new BenchRefusal(
      `Kueue's performance configurations are not part of this project, and not in ${directory}. Get ` +
        "test/performance/scheduler/configs of github.com/kubernetes-sigs/kueue and set " +
        "PLINTH_KUEUE_PERFORMANCE_DATA to that folder.",
    );
  }
  const read = (file: string) => parse(readFileSync(file, "utf8"));
  return { generator: generator.parse(read(generatorFile)), thresholds: rangespec.parse(read(rangeFile)) };
}

/** The same queues with this part of the workloads, at least one of each. */
export function shrunk(set: PerformanceSet, part: number): PerformanceSet {
  const cohorts = set.generator.cohorts.map((cohort) => ({
    ...cohort,
    queuesSets: cohort.queuesSets.map((queues) => ({
      ...queues,
      workloadsSets: queues.workloadsSets.map((sets) => ({
        ...sets,
        count: Math.max(1, Math.round(sets.count * part)),
      })),
    })),
  }));
  return { ...set, generator: { ...set.generator, cohorts } };
}

/** How many workloads a set makes. */
export function workloadCount(set: PerformanceSet): number {
  return summed(set, () => 1);
}

/** Cores by the milliseconds that workloads of a set run on them: less than this no queue can have used. */
export function neededCoreMilliseconds(set: PerformanceSet): number {
  return summed(set, ({ runtimeMs, request, podCount }) => runtimeMs * coresOf(request) * podCount);
}

/** "500m" is half a core, "2k" are two thousand. */
export function coresOf(quantity: string): number {
  if (quantity.endsWith("m")) return Number(quantity.slice(0, -1)) / 1000;
  return quantity.endsWith("k") ? Number(quantity.slice(0, -1)) * 1000 : Number(quantity);
}

function summed(
  { generator: { cohorts } }: PerformanceSet,
  of: (one: PerformanceWorkload) => number,
): number {
  const ofQueues = (queues: z.output<typeof queuesSet>) =>
    queues.count *
    queues.workloadsSets.reduce(
      (sum, { count, workloads }) => sum + count * workloads.reduce((total, one) => total + of(one), 0),
      0,
    );
  return cohorts.reduce(
    (total, { count, queuesSets }) =>
      total + count * queuesSets.reduce((sum, queues) => sum + ofQueues(queues), 0),
    0,
  );
}
