import { expect, test } from "vitest";
import { TrainingRuntime, type TrainingRuntimeArgs } from "../../../components/index.ts";
import { placeholder as image } from "../../support/builders.ts";
import { customResource, refuses, type Training } from "../../support/training.ts";

type Choices = Omit<TrainingRuntimeArgs, keyof Training>;

const valid: Choices = { framework: "torch", image, acceleratorsPerNode: 4 };

function make(choices: Choices) {
  return (given: Training) => new TrainingRuntime("torch", { ...choices, ...given });
}

test("is the team's own, in its namespace, after Trainer", async () => {
  const { inputs, dependsOn } = await customResource("TrainingRuntime", make(valid));
  expect(inputs.metadata).toEqual({
    name: "torch",
    namespace: "research",
    labels: {
      "plinth.dev/team": "research",
      "plinth.dev/cost-center": "cc-1",
      "trainer.kubeflow.org/framework": "torch",
    },
  });
  expect(dependsOn).toContain("trainer");
});

test("tells jobs what they run with", async () => {
  let runtime: TrainingRuntime | undefined;
  await customResource("TrainingRuntime", (given) => {
    runtime = make({ ...valid, priority: "high" })(given);
  });
  expect([runtime?.framework, runtime?.acceleratorsPerNode, runtime?.priority]).toEqual(["torch", 4, "high"]);
});

test("refused: pods larger than a node (F40)", async () => {
  await refuses('TrainingRuntime "torch"', make({ ...valid, acceleratorsPerNode: 16 }), [
    {
      path: ["acceleratorsPerNode"],
      given: "16",
      allowed: "1 to 8, the accelerators of a node of pool h100",
      remedy: "ask for 8 per node and more nodes, or choose another pool",
    },
  ]);
});
