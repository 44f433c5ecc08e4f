/** What a job in a pool of TPU slices may not say, because its slice has decided it. */
import type { Path, Problem } from "../planning/problem.ts";
import { type PoolSlices, sliceDomainProblems } from "../planning/slices.ts";
import type { PodTopology } from "./training-pod.ts";

export interface SlicedJob {
  readonly topology?: object;
  readonly elastic?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly roles?: readonly { readonly environment?: Readonly<Record<string, string>> }[];
}

/** Network domains of its own, another size while it runs, and variables that only NCCL reads. */
export function sliceJobProblems(
  job: SlicedJob,
  path: Path,
  pool: { readonly name: string; readonly slices?: PoolSlices },
): Problem[] {
  if (!pool.slices) return [];
  return [
    ...(job.topology ? sliceDomainProblems(path, pool.name) : []),
    ...(job.elastic ? [elasticProblem(path, pool.name)] : []),
    ...collectiveProblems(job, path, pool.name),
    ...(job.roles ?? []).flatMap((role, index) =>
      collectiveProblems(role, [...path, "roles", index], pool.name),
    ),
  ];
}

/** A slice has so many hosts, and no more. */
function elasticProblem(path: Path, pool: string): Problem {
  return {
    path: [...path, "elastic"],
    given: "true",
    allowed: `false in pool ${pool}, where a gang is one slice`,
    remedy: "leave elastic out",
  };
}

function collectiveProblems({ environment = {} }: SlicedJob, path: Path, pool: string): Problem[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith("NCCL_"))
    .map((name) => ({
      path: [...path, "environment", name],
      given: name,
      allowed: `nothing of NCCL in pool ${pool}: TPUs have a network of their own`,
      remedy: "leave it out",
    }));
}

/** The slice, where the pool has slices; else the domain that the job asks for. */
export function gangTopology(
  { slices }: { readonly slices?: PoolSlices },
  asked: PodTopology | undefined,
): PodTopology | undefined {
  return slices ? { mode: "required", level: slices.level } : asked;
}
