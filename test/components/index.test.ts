import { expect, test } from "vitest";
import * as library from "../../components/index.ts";

test("the public names", () => {
  expect(Object.keys(library).sort()).toEqual([
    "GpuSharing",
    "NodePool",
    "PriorityClasses",
    "Queueing",
    "Team",
    "TeamGuard",
    "TrainingJob",
    "acceleratorIds",
    "localCluster",
  ]);
});
