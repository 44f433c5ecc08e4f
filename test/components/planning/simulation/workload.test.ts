import { expect, test } from "vitest";
import { Workload } from "../../../../components/planning/simulation/workload.ts";
import { makeJob } from "../../../support/simulated-jobs.ts";

test("a gang's size is that of all its pods, and jobs that ask alike have one shape", () => {
  const gang = new Workload(makeJob({ nodes: 4, acceleratorsPerNode: 2 }), 0);
  expect(gang.size).toBe(8);
  const shapes = [{}, { name: "b" }, { priority: 100 }, { nodes: 2 }, { acceleratorsPerNode: 4 }].map(
    (change) => new Workload(makeJob(change), 1).shape,
  );
  expect(new Set(shapes).size).toBe(4);
  const near = new Workload(makeJob({ topology: { mode: "required", domain: "rack" } }), 1);
  expect(shapes).not.toContain(near.shape);
});

test.each([
  { case: "starts over without checkpoints", checkpoint: 0, want: [110, 100] },
  { case: "goes on from its last checkpoint", checkpoint: 15, want: [110, 70] },
  { case: "keeps nothing before its first", checkpoint: 45, want: [110, 100] },
])("a preempted job $case", ({ checkpoint, want }) => {
  const workload = new Workload(makeJob({ durationSeconds: 100 }), 0);
  workload.start(10, 1);
  const first = workload.endSeconds();
  workload.preempt(40, "InClusterQueue", checkpoint);
  workload.leave(42);
  workload.start(200, 2);
  expect([first, workload.endSeconds() - 200]).toEqual(want);
});

test("what a checkpoint saved is not lost in a run too short for another", () => {
  const workload = new Workload(makeJob({ durationSeconds: 100 }), 0);
  workload.start(0, 1);
  workload.preempt(35, "InClusterQueue", 30);
  workload.leave(35);
  workload.start(50, 2);
  workload.preempt(51, "InClusterQueue", 30);
  workload.leave(51);
  expect(workload.savedSeconds).toBe(30);
});

test("it holds its accelerators while it runs and while it leaves", () => {
  const workload = new Workload(makeJob({ durationSeconds: 100 }), 0);
  workload.start(10, 1);
  workload.preempt(40, "InCohortReclamation", 0);
  expect([workload.state, workload.lostTo, workload.preemptions]).toEqual([
    "leaving",
    "InCohortReclamation",
    1,
  ]);
  expect(workload.heldSeconds(0, 60)).toBe(50);
  workload.leave(60);
  workload.start(100, 2);
  expect([workload.state, workload.lostTo]).toEqual(["running", undefined]);
  workload.finish(200);
  expect([workload.heldSeconds(0, 1000), workload.heldSeconds(50, 110)]).toEqual([150, 20]);
  expect([workload.firstStartSeconds, workload.finishedSeconds]).toEqual([10, 200]);
});
