/** Projects: a team's own division of its quota, between which order follows past use. */
import { z } from "zod";
import { dnsLabel } from "../names.ts";
import type { Path, Problem } from "../planning/problem.ts";
import { repeatedName } from "../planning/reference.ts";
import type { BackendName } from "../scheduling/backend.ts";

/** A project; its jobs may name it, others wait in the team's own queue. */
export const project = z.strictObject({
  name: dnsLabel,
  /** Its weight where order follows past use; twice the weight may use twice as much. Default: 1. */
  weight: z.int().min(1).max(1000).default(1),
});

export type Project = z.output<typeof project>;

/** Name of a project's queue in a pool; no pool has a dot in its name. */
export function projectQueueName(pool: string, name: string): string {
  return `${pool}.${name}`;
}

/** Projects that are named twice, or that the queueing system has no queues for. */
export function projectProblems(path: Path, projects: readonly Project[], backend: BackendName): Problem[] {
  const names = projects.map(({ name }) => name);
  const repeated = projects.flatMap((_, index) => repeatedName([...path, index, "name"], index, names));
  if (backend === "kueue" || projects.length === 0) return repeated;
  return [
    ...repeated,
    {
      path,
      given: names.join(", "),
      allowed: `none with backend "${backend}": it has one queue for a team and pool`,
      remedy: 'leave projects out, make them teams, or use backend "kueue"',
    },
  ];
}
