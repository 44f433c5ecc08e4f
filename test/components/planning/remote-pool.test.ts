import { expect, test } from "vitest";
import { remotePoolProblems } from "../../../components/planning/remote-pool.ts";

test("what stands here is told where it cannot", () => {
  expect(remotePoolProblems(["notebooks", 0], "a notebook", "h100")).toEqual([
    {
      path: ["notebooks", 0, "pool"],
      given: '"h100"',
      allowed:
        "a pool whose nodes are in this cluster: " +
        "pods of a notebook would go to another, without their Service",
      remedy: "choose a pool that queueing.multiKueue does not name",
    },
  ]);
});
