/** Rules about one notebook of a stack file: what it refers to exists, and what it asks for can be had. */
import type { z } from "zod";
import { type AcceleratorId, machineFor } from "../components/catalogue/hardware.ts";
import { allocatable } from "../components/planning/node-size.ts";
import {
  notebookBackendProblems,
  notebookPlacementProblems,
  notebookProblems,
  notebookQuotaProblems,
} from "../components/planning/notebook.ts";
import type { Path, Problem } from "../components/planning/problem.ts";
import type { PoolPlan, QuotaPlan } from "../components/planning/quota.ts";
import { repeatedName, unknownName } from "../components/planning/reference.ts";
import { ofProfile } from "../components/planning/sharing.ts";
import type { SharedPoolPlan } from "../components/planning/sharing-problems.ts";
import type { notebookEntry } from "./entries.ts";

/** What the rest of the stack offers a notebook. */
export interface NotebookRoom {
  readonly backend: string;
  readonly pools: readonly (PoolPlan & SharedPoolPlan & { readonly accelerator: AcceleratorId })[];
  readonly quotas: readonly QuotaPlan[];
  /** Teams that are well-formed. */
  readonly teams: readonly string[];
  /** All names that are written, also those of malformed entries. */
  readonly names: { readonly pools: string[]; readonly teams: string[] };
}

export function notebookEntryProblems(
  notebook: z.output<typeof notebookEntry> & { readonly path: Path },
  around: NotebookRoom,
): Problem[] {
  const { path, team } = notebook;
  const unknown = [
    ...unknownName([...path, "team"], team, around.names.teams),
    ...unknownName([...path, "pool"], notebook.pool, around.names.pools),
  ];
  const pool = around.pools.find(({ name }) => name === notebook.pool);
  const machine = pool && machineFor(pool.accelerator, pool.acceleratorsPerNode);
  const own = around.quotas.filter((quota) => quota.team === team);
  const here = own.filter((quota) => quota.pool === notebook.pool);
  const isHomeless = unknown.length === 0 && around.teams.includes(team) && here.length === 0;
  // A profile that the pool does not have is told as such.
  const exists = pool !== undefined && ofProfile(pool.devices, notebook.profile) !== undefined;
  return [
    ...unknown,
    ...(isHomeless ? [missingQuota(notebook, own)] : []),
    ...notebookBackendProblems(notebook, around.backend),
    ...notebookProblems(notebook),
    ...(pool && machine ? notebookPlacementProblems(notebook, { ...pool, node: allocatable(machine) }) : []),
    ...(exists && here.length > 0 ? notebookQuotaProblems(notebook, here) : []),
  ];
}

function missingQuota(
  notebook: { readonly path: Path; readonly team: string; readonly pool: string },
  own: readonly QuotaPlan[],
): Problem {
  const { path, team, pool } = notebook;
  const known = [...new Set(own.map((quota) => quota.pool))].join(", ");
  return {
    path: [...path, "pool"],
    given: JSON.stringify(pool),
    allowed: `a pool where team ${team} has a quota: ${known}`,
    remedy: `give team ${team} a quota in pool ${pool}, or run the notebook in one of these`,
  };
}

/** Notebooks and jobs each have a Service of their name. */
export function notebookNameProblems(names: {
  readonly jobs: readonly string[];
  readonly notebooks: readonly string[];
}): Problem[] {
  return names.notebooks.flatMap((name, index) => {
    const path = ["notebooks", index, "name"];
    if (!names.jobs.includes(name)) return repeatedName(path, index, names.notebooks);
    return [
      {
        path,
        given: `"${name}", which a job already has`,
        allowed: "a name that no job has",
        remedy: "rename one of the two",
      },
    ];
  });
}
