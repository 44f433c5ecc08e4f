/** Pools whose jobs go to another cluster: what people reach here cannot stand there. */
import type { Path, Problem } from "./problem.ts";

/** Of a notebook or a server (`noun`): its pods would go, its Service, disk and secrets would not. */
export function remotePoolProblems(path: Path, noun: string, pool: string): Problem[] {
  return [
    {
      path: [...path, "pool"],
      given: JSON.stringify(pool),
      allowed:
        "a pool whose nodes are in this cluster: " +
        `pods of ${noun} would go to another, without their Service`,
      remedy: "choose a pool that queueing.multiKueue does not name",
    },
  ];
}
