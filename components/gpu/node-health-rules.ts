/** What node health cannot work with. */
import type { Path, Problem } from "../planning/problem.ts";
import type { BackendName } from "../scheduling/backend.ts";

/** It gives gangs back by what Kueue keeps of them; those of others would be drained pod by pod. */
export function nodeHealthProblems(path: Path, backend: BackendName): Problem[] {
  if (backend === "kueue") return [];
  return [
    {
      path,
      given: `node health beside the queueing backend ${JSON.stringify(backend)}`,
      allowed: '"kueue": whole gangs are requeued by their Workloads, which only Kueue has',
      remedy: "leave node health out, or queue with kueue",
    },
  ];
}
