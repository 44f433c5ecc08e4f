import { expect, test } from "vitest";
import * as library from "../../components/index.ts";

test("the public names", () => {
  expect(Object.keys(library).sort()).toEqual([
    "GpuSharing",
    "JobSet",
    "LeaderWorkerSet",
    "MpiJob",
    "NodeHealth",
    "NodePool",
    "Notebook",
    "NotebookCulling",
    "PriorityClasses",
    "Queueing",
    "RayCluster",
    "RayJob",
    "Team",
    "TeamGuard",
    "TrainJob",
    "TrainingControllers",
    "TrainingJob",
    "TrainingRuntime",
    "acceleratorIds",
    "acceleratorSpec",
    "awsVcpuQuotas",
    "cloudMachine",
    "eksEnums",
    "eksGpuImages",
    "gcpGpuQuotas",
    "gkeEnums",
    "gkeGpuProfiles",
    "localCluster",
    "migProfileNames",
    "s3Store",
  ]);
});
