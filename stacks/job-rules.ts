/** Rules about one job of a stack file: what it refers to exists, and what it asks for can be had. */
import type { ControllerName } from "../components/catalogue/controllers.ts";
import { claimProblems } from "../components/planning/claim-problems.ts";
import { isClaimed } from "../components/planning/claims.ts";
import { fabricShareProblems } from "../components/planning/fabric.ts";
import type { Path, Problem } from "../components/planning/problem.ts";
import type { PoolPlan, QuotaPlan } from "../components/planning/quota.ts";
import { unknownName } from "../components/planning/reference.ts";
import { podsOf, rolesProblems } from "../components/planning/roles.ts";
import { ofProfile, type SharedPool } from "../components/planning/sharing.ts";
import {
  dedicatedProblems,
  requestProblems,
  type SharedPoolPlan,
} from "../components/planning/sharing-problems.ts";
import {
  domainProblems,
  type TopologyDomain,
  type TopologyShape,
  unknownDomain,
} from "../components/planning/topology.ts";
import type { BackendName } from "../components/scheduling/backend.ts";
import { checkpointProblems } from "../components/training/checkpoints.ts";
import { type GangWish, gangProblems, kindProblems } from "../components/training/gang-rules.ts";
import { sliceJobProblems } from "../components/training/slice-rules.ts";
import { type JobEntry, kindOf, planOf } from "./job-plans.ts";

type JobPool = PoolPlan &
  SharedPoolPlan &
  SharedPool & {
    /** What its nodes tell of their place. Default: anything may be. */
    readonly domains?: readonly TopologyDomain[];
  };

/** What the rest of the stack offers a job. */
export interface Surroundings {
  readonly backend: BackendName;
  readonly elasticJobs: boolean;
  /** Pools whose jobs are sent to another cluster. */
  readonly remotePools: readonly string[];
  readonly pools: readonly JobPool[];
  readonly quotas: readonly QuotaPlan[];
  /** Teams that are well-formed. */
  readonly teams: readonly string[];
  /** Projects of the well-formed teams, by team. */
  readonly projects: Readonly<Record<string, readonly string[]>>;
  /** Teams that the object store lets in. */
  readonly storeTeams: readonly string[];
  /** Seconds after which a job whose pods are not ready is put back; undefined without such a limit. */
  readonly readySeconds: number | undefined;
  readonly shape: TopologyShape | undefined;
  /** Undefined where the list is malformed. */
  readonly controllers: readonly ControllerName[] | undefined;
  /** All names that are written, also those of malformed entries. */
  readonly names: { readonly pools: string[]; readonly teams: string[] };
}

export function jobProblems(job: JobEntry & { readonly path: Path }, around: Surroundings): Problem[] {
  const { path } = job;
  const plan = planOf(job);
  const unknown = [
    ...unknownName([...path, "team"], job.team, around.names.teams),
    ...unknownName([...path, "pool"], job.pool, around.names.pools),
  ];
  const roles = plan.roles(job, path);
  const pool = around.pools.find(({ name }) => name === job.pool);
  const own = around.quotas.filter(({ team }) => team === job.team);
  // Quotas of a DRA pool are for claims of any profile.
  const profile = "profile" in job && pool?.mode !== "dra" ? job.profile : undefined;
  const quota = ofProfile(
    own.filter((candidate) => candidate.pool === job.pool),
    profile,
  );
  const sharing = pool ? sharingProblems(job, pool, quota) : [];
  const counted = pool?.mode === "dra" ? { pool: undefined, quota: undefined } : { pool, quota };
  // A profile that the pool does not have is told as such.
  const exists = pool === undefined || ofProfile(pool.devices, profile) !== undefined;
  const homeless = unknown.length === 0 && around.teams.includes(job.team) && quota === undefined && exists;
  const asked = job.topology?.domain;
  const domain = job.topology?.mode === "required" ? asked : undefined;
  const placed = pool?.slices ? undefined : counted.pool;
  const { shape } = around;
  return [
    ...unknown,
    ...(homeless ? [missingQuota(job, own)] : []),
    ...missingProject(job, around.projects[job.team]),
    ...missingController(job, plan.controller, around.controllers),
    ...(plan.controller ? kindProblems(path, plan.controller, around.backend) : []),
    ...gangProblems(path, { domain: asked, elasticBy: elasticBy(job) }, around),
    ...(plan.problems?.(job, path) ?? []),
    ...(around.remotePools.includes(job.pool) ? (plan.remoteProblems?.(job, path) ?? []) : []),
    ...sharing,
    ...rolesProblems(path, roles, counted.pool, counted.quota, plan.list),
    ...(pool ? fabricShareProblems(roles, plan.pods?.(job) ?? podsOf(roles), pool) : []),
    ...(pool ? sliceJobProblems(job, path, pool) : []),
    ...("checkpoints" in job && around.teams.includes(job.team)
      ? checkpointProblems(path, job.checkpoints, {
          team: job.team,
          hasStore: around.storeTeams.includes(job.team),
          readySeconds: around.readySeconds,
        })
      : []),
    ...(placed?.domains && asked ? unknownDomain(path, asked, placed.name, placed.domains) : []),
    ...(placed && shape && domain
      ? roles.flatMap((role) => domainProblems(role, domain, placed, shape))
      : []),
  ];
}

/** Kinds whose pods differ from each other ask for whole accelerators; a plain gang may share or claim. */
function sharingProblems(
  job: JobEntry & { readonly path: Path },
  pool: JobPool,
  quota: QuotaPlan | undefined,
): Problem[] {
  if (job.kind !== undefined && job.kind !== "gang") return dedicatedProblems(job.path, job.kind, pool);
  return isClaimed(pool) ? claimProblems(job, pool, quota) : requestProblems(job, pool);
}

/** The field by which its pods come and go while it runs, if they do. */
function elasticBy(job: JobEntry): GangWish["elasticBy"] {
  if ("elastic" in job && job.elastic) return "elastic";
  return "autoscaling" in job && job.autoscaling ? "autoscaling" : undefined;
}

function missingQuota(job: JobEntry & { readonly path: Path }, own: readonly QuotaPlan[]): Problem {
  const written = ({ pool, profile }: { pool: string; profile?: string | undefined }) =>
    profile === undefined ? pool : `${pool} (${profile})`;
  return {
    path: [...job.path, "pool"],
    given: JSON.stringify(written(job)),
    allowed: `a pool where team ${job.team} has a quota: ${own.map(written).join(", ")}`,
    remedy: `give team ${job.team} a quota in pool ${written(job)}, or run the job in one of these`,
  };
}

function missingProject(
  { path, project }: JobEntry & { readonly path: Path },
  projects: readonly string[] | undefined,
): Problem[] {
  if (project === undefined || projects === undefined) return [];
  return unknownName([...path, "project"], project, projects);
}

function missingController(
  job: JobEntry & { readonly path: Path },
  controller: ControllerName | undefined,
  controllers: readonly ControllerName[] | undefined,
): Problem[] {
  if (!controller || !controllers || controllers.includes(controller)) return [];
  return [
    {
      path: [...job.path, "kind"],
      given: JSON.stringify(kindOf(job)),
      allowed: `a kind whose controller is installed; this one needs ${controller}`,
      remedy: `add ${controller} to training.controllers`,
    },
  ];
}
