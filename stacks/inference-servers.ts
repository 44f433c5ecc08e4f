/** Makes the inference servers of a stack. */
import type { z } from "zod";
import { type Cluster, InferenceServer, type PriorityClasses, type Team } from "../components/index.ts";
import type { inferenceServerEntry } from "./entries.ts";

/** What every server is given by its environment. */
export interface InferenceSurroundings {
  readonly cluster: Cluster;
  readonly teams: readonly Team[];
  readonly priorityClasses: PriorityClasses;
}

export function makeInferenceServers(
  entries: readonly z.output<typeof inferenceServerEntry>[],
  { cluster, teams, priorityClasses }: InferenceSurroundings,
): InferenceServer[] {
  return entries.map(({ name, team: teamName, pool, ...own }) => {
    const team = teams.find(({ namespace }) => namespace === teamName);
    const queue = pool === undefined ? undefined : team?.queues[pool];
    if (!team || (pool !== undefined && !queue)) {
      throw new Error(`team ${teamName} has no queue in pool ${pool}, which the schema checked`);
    }
    const accelerated = queue && { queue, priorityClasses };
    return new InferenceServer(name, { ...own, cluster, team, ...(accelerated && { accelerated }) });
  });
}
