import { expect, test } from "vitest";
import { RayJob, type RayJobArgs } from "../../../components/index.ts";
import { placeholder as image } from "../../support/builders.ts";
import { customResource, refuses, type Training } from "../../support/training.ts";

type Choices = Omit<RayJobArgs, keyof Training>;

const gpu = { name: "gpu", nodes: 2, acceleratorsPerNode: 8 };
const valid: Choices = { image, rayVersion: "2.52.0", workers: [gpu], entrypoint: "python tune.py" };

function make(choices: Choices) {
  return (given: Training) => new RayJob("sweep", { ...choices, ...given });
}

test("has no submitter beside its gang, and gives everything back when it ends (F44)", async () => {
  const { inputs } = await customResource("RayJob", make({ ...valid, metadata: { owner: "ml" } }));
  const { rayClusterSpec, ...spec } = inputs.spec;
  expect(spec).toEqual({
    entrypoint: "python tune.py",
    submissionMode: "HTTPMode",
    shutdownAfterJobFinishes: true,
    ttlSecondsAfterFinished: 3600,
    activeDeadlineSeconds: 604_800,
    backoffLimit: 0,
    metadata: { owner: "ml" },
  });
  expect(rayClusterSpec).toMatchObject({ rayVersion: "2.52.0", workerGroupSpecs: [{ groupName: "gpu" }] });
});

test("waits in the team's queue and goes before its operator (F62)", async () => {
  const { inputs, dependsOn } = await customResource("RayJob", make(valid));
  expect(inputs.metadata.labels["kueue.x-k8s.io/queue-name"]).toBe("h100");
  expect(dependsOn).toContain("kuberay");
  expect("metadata" in inputs.spec).toBe(false);
});

test("outputs", async () => {
  let outputs: RayJob | undefined;
  await customResource("RayJob", (given) => {
    outputs = make(valid)(given);
  });
  expect([outputs?.accelerators, outputs?.job]).toEqual([16, { namespace: "research", name: "sweep" }]);
});

test("refused: workers larger than the queue", async () => {
  await refuses('RayJob "sweep"', make({ ...valid, workers: [{ ...gpu, nodes: 4 }] }), [
    {
      path: ["workers", 0, "nodes"],
      given: "32 accelerators (4 pods of 8)",
      allowed: "at most 24 for team research in pool h100 (16 own and 8 borrowed)",
      remedy: "make the job smaller, or raise the team's accelerators or borrowingLimit by 8",
    },
  ]);
});
