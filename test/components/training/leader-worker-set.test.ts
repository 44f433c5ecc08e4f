import { expect, test } from "vitest";
import { LeaderWorkerSet, type LeaderWorkerSetArgs } from "../../../components/index.ts";
import { groupRoles } from "../../../components/training/leader-worker-set.ts";
import { placeholder as image } from "../../support/builders.ts";
import { customResource, queueDependencies, refuses, type Training } from "../../support/training.ts";

type Choices = Omit<LeaderWorkerSetArgs, keyof Training>;

const valid: Choices = { image, groups: 2, nodes: 2, acceleratorsPerNode: 4 };

function make(choices: Choices) {
  return (given: Training) => new LeaderWorkerSet("engine", { ...choices, ...given });
}

test("groups of equal pods that start again as a whole", async () => {
  const { inputs, dependsOn } = await customResource("LeaderWorkerSet", make(valid));
  expect(inputs.metadata.labels["kueue.x-k8s.io/queue-name"]).toBe("h100");
  expect(dependsOn.filter((name) => !queueDependencies.includes(name))).toEqual(["lws"]);
  expect(inputs.spec).toMatchObject({
    replicas: 2,
    leaderWorkerTemplate: {
      size: 2,
      restartPolicy: "RecreateGroupOnPodRestart",
      workerTemplate: {
        spec: {
          restartPolicy: "Always",
          containers: [{ name: "worker", resources: { limits: { "nvidia.com/gpu": "4" } } }],
          volumes: [{ name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: "255Gi" } }],
        },
      },
    },
  });
});

test("runs until it is removed, unless it says how long", async () => {
  const label = "kueue.x-k8s.io/max-exec-time-seconds";
  const open = await customResource("LeaderWorkerSet", make(valid));
  const limited = await customResource("LeaderWorkerSet", make({ ...valid, timeoutSeconds: 3600 }));
  expect(open.inputs.metadata.labels[label]).toBeUndefined();
  expect(limited.inputs.metadata.labels[label]).toBe("3600");
});

test("each group waits by itself, and all of them must fit", () => {
  const config = { name: "engine", groups: 2, nodes: 2, acceleratorsPerNode: 4 };
  expect(groupRoles(config, [])).toEqual([
    { name: "engine-0", nodes: 2, acceleratorsPerNode: 4, path: [] },
    { name: "engine-1", nodes: 2, acceleratorsPerNode: 4, path: [] },
  ]);
});

test("outputs: accelerators of all groups, and their leaders", async () => {
  let outputs: LeaderWorkerSet | undefined;
  await customResource("LeaderWorkerSet", (given) => {
    outputs = make(valid)(given);
  });
  expect(outputs?.accelerators).toBe(16);
  expect(outputs?.leaders).toEqual(["engine-0.engine", "engine-1.engine"]);
});

test("refused: more groups than the queue ever holds", async () => {
  await refuses('LeaderWorkerSet "engine"', make({ ...valid, groups: 4 }), [
    {
      path: ["groups"],
      given:
        "32 accelerators (engine-0: 2 pods of 4, engine-1: 2 pods of 4, " +
        "engine-2: 2 pods of 4, engine-3: 2 pods of 4)",
      allowed: "at most 24 for team research in pool h100 (16 own and 8 borrowed)",
      remedy: "make a role smaller, or raise the team's accelerators or borrowingLimit by 8",
    },
  ]);
});
