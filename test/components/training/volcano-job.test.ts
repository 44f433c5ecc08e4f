import { expect, test } from "vitest";
import { volcanoJobManifest } from "../../../components/training/volcano-job.ts";
import { makePlacedJob } from "../../support/placed-job.ts";

test("the Job, whole: nothing that Volcano would default or leave to another scheduler", () => {
  const { metadata, spec, ...kind } = volcanoJobManifest(makePlacedJob());
  const { tasks, ...shape } = spec;
  expect(kind).toEqual({ apiVersion: "batch.volcano.sh/v1alpha1", kind: "Job" });
  expect(metadata.labels).toEqual({ "plinth.dev/team": "research" });
  expect(shape).toEqual({
    schedulerName: "volcano",
    queue: "research-h100",
    priorityClassName: "normal",
    minAvailable: 2,
    maxRetry: 103,
    plugins: { svc: ["--publish-not-ready-addresses=true", "--disable-network-policy=true"] },
    policies: [
      { event: "PodEvicted", action: "RestartJob" },
      { event: "PodFailed", action: "RestartJob" },
      { event: "PodRunning", action: "TerminateJob", timeout: "3600s" },
    ],
  });
  expect(tasks.map(({ name, replicas, minAvailable }) => ({ name, replicas, minAvailable }))).toEqual([
    { name: "trainer", replicas: 2, minAvailable: 2 },
  ]);
});

test("pods find each other and their place by what Volcano gives them", () => {
  const [task] = volcanoJobManifest(makePlacedJob()).spec.tasks;
  const environment = task?.template.spec.containers[0]?.env ?? [];
  const value = (name: string) => environment.find((variable) => variable.name === name);
  expect(value("MASTER_ADDR")).toEqual({ name: "MASTER_ADDR", value: "pretrain-trainer-0.pretrain" });
  expect(value("PET_NODE_RANK")).toEqual({
    name: "PET_NODE_RANK",
    valueFrom: { fieldRef: { fieldPath: "metadata.labels['volcano.sh/task-index']" } },
  });
  expect(task?.template.spec.schedulerName).toBe("volcano");
});

test.each([
  { mode: "required", want: { mode: "hard", highestTierAllowed: 1 } },
  { mode: "preferred", want: { mode: "soft", highestTierAllowed: 1 } },
] as const)("a $mode domain is a tier", ({ mode, want }) => {
  const job = { ...makePlacedJob({ topology: { mode, level: "rack" } }), tier: 1 };
  const { spec } = volcanoJobManifest(job);
  expect(spec.networkTopology).toEqual(want);
  expect(spec.tasks[0]?.template.metadata.annotations).toEqual({});
});

test("without retries the first failure ends the job", () => {
  const { policies } = volcanoJobManifest(makePlacedJob({ retries: 0 })).spec;
  expect(policies[1]).toEqual({ event: "PodFailed", action: "TerminateJob" });
});
