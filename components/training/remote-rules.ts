/** What a job lacks in another cluster that Kueue sends it to: the job goes there, and nothing beside it. */
import type { Path, Problem } from "../planning/problem.ts";

const elsewhere = "choose a pool that queueing.multiKueue does not name";

/** Plain gangs whose pods would look for each other by a Service that is not there. */
export function remoteGangProblems(
  path: Path,
  { nodes, elastic }: { readonly nodes: number; readonly elastic: boolean },
  pool: string,
): Problem[] {
  const place = `pool ${pool}, whose jobs go to another cluster: their pods would not find each other there`;
  const problems: Problem[] = [];
  if (nodes > 1) {
    problems.push({
      path: [...path, "nodes"],
      given: String(nodes),
      allowed: `1 for a plain gang in ${place}`,
      remedy: `make it a jobset, which brings its pods names wherever it runs, or ${elsewhere}`,
    });
  }
  if (elastic) {
    problems.push({
      path: [...path, "elastic"],
      given: "true",
      allowed: `false in ${place}`,
      remedy: `leave elastic out, or ${elsewhere}`,
    });
  }
  return problems;
}

/** TrainJobs, whose runtime is an object of its own; `path` is of what makes it one. */
export function remoteRuntimeProblems(path: Path, pool: string): Problem[] {
  return [
    {
      path,
      given: "a trainjob",
      allowed:
        `a kind that needs no other object in pool ${pool}, ` +
        "whose jobs go to another cluster: its runtime would not",
      remedy: `make it a jobset, or ${elsewhere}`,
    },
  ];
}
