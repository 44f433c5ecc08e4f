/** Makes the notebooks of a stack, and what stops idle ones where there are any. */
import type { z } from "zod";
import {
  type Cluster,
  Notebook,
  NotebookCulling,
  type PriorityClasses,
  type Team,
} from "../components/index.ts";
import type { notebookEntry } from "./entries.ts";

/** What every notebook is given by its environment. */
export interface NotebookSurroundings {
  readonly cluster: Cluster;
  readonly teams: readonly Team[];
  readonly priorityClasses: PriorityClasses;
}

export function makeNotebooks(
  entries: readonly z.output<typeof notebookEntry>[],
  { cluster, teams, priorityClasses }: NotebookSurroundings,
): Notebook[] {
  if (entries.length === 0) return [];
  const culling = new NotebookCulling("notebook-culling", { cluster });
  return entries.map(({ name, team, pool, ...own }) => {
    const queue = teams.find(({ namespace }) => namespace === team)?.queues[pool];
    if (!queue) throw new Error(`team ${team} has no queue in pool ${pool}, which the schema checked`);
    return new Notebook(name, { ...own, cluster, queue, priorityClasses, culling });
  });
}
