/** Each invariant of the fault tests finds the one thing that breaks it. */
import { expect, test } from "vitest";
import { violations } from "./support/faults/invariants.ts";
import type { Snapshot } from "./support/faults/snapshot.ts";

const pod = { job: "a", node: "n0", isRunning: true, isGoing: false };
const workload = {
  job: "a",
  queue: "q",
  nodes: 2,
  isFinished: false,
  isActive: true,
  requeuedFrom: undefined,
};
const whole: Snapshot = {
  jobs: [{ name: "a", nodes: 2, end: undefined, succeeded: 0 }],
  pods: [pod, { ...pod, node: "n1" }],
  workloads: [workload],
  used: { q: 2, idle: 0 },
  nodes: ["n0", "n1", "n2"],
};
const absent: Snapshot = {
  ...whole,
  pods: [],
  workloads: [{ ...workload, queue: undefined }],
  used: { q: 0 },
};
const done: Snapshot = {
  ...whole,
  jobs: [{ name: "a", nodes: 2, end: "Complete", succeeded: 2 }],
  pods: [],
  workloads: [{ ...workload, isFinished: true }],
  used: { q: 0 },
};

test.each<{ case: string; snapshot: Snapshot; jobs?: string[]; out?: string[]; want: string[] }>([
  { case: "whole", snapshot: whole, want: [] },
  { case: "absent", snapshot: absent, want: [] },
  { case: "done", snapshot: done, want: [] },
  { case: "lost", snapshot: absent, jobs: ["a", "b"], want: ["b is lost"] },
  { case: "not wanted", snapshot: absent, jobs: [], want: ["a is too much"] },
  { case: "forgotten by Kueue", snapshot: { ...absent, workloads: [] }, want: ["a has 0 workloads"] },
  {
    case: "doubled in Kueue",
    snapshot: { ...absent, workloads: [...absent.workloads, ...absent.workloads] },
    want: ["a has 2 workloads"],
  },
  {
    case: "half",
    snapshot: { ...whole, pods: [pod] },
    want: ["a has 1 pods, 1 of them running, and is due 2"],
  },
  {
    case: "one pod too many",
    snapshot: { ...whole, pods: [...whole.pods, { ...pod, node: "n2" }] },
    want: ["a has 3 pods, 3 of them running, and is due 2"],
  },
  {
    case: "one pod is going",
    snapshot: { ...whole, pods: [pod, { ...pod, node: "n1", isGoing: true }] },
    want: ["a has 2 pods, 1 of them running, and is due 2"],
  },
  {
    case: "one pod does not run",
    snapshot: { ...whole, pods: [pod, { ...pod, node: undefined, isRunning: false }] },
    want: ["a has 2 pods, 1 of them running, and is due 2"],
  },
  {
    case: "held without quota",
    snapshot: { ...absent, pods: whole.pods },
    want: ["a has 2 pods, 2 of them running, and is due 0"],
  },
  {
    case: "admitted without pods",
    snapshot: { ...whole, pods: [] },
    want: ["a has 0 pods, 0 of them running, and is due 2"],
  },
  {
    case: "stopped for ever",
    snapshot: { ...absent, workloads: [{ ...workload, queue: undefined, isActive: false }] },
    want: ["a is stopped"],
  },
  {
    case: "on its way for ever",
    snapshot: { ...absent, workloads: [{ ...workload, queue: undefined, requeuedFrom: "n0" }] },
    want: ["a is still being requeued"],
  },
  {
    case: "failed",
    snapshot: { ...done, jobs: [{ name: "a", nodes: 2, end: "Failed", succeeded: 0 }] },
    want: ["a has failed"],
  },
  {
    case: "done more often than asked",
    snapshot: { ...done, jobs: [{ name: "a", nodes: 2, end: "Complete", succeeded: 3 }] },
    want: ["a is complete with 3 of 2"],
  },
  {
    case: "a quota that leaks",
    snapshot: { ...absent, used: { q: 2 } },
    want: ["q counts 2 nodes, its workloads hold 0"],
  },
  {
    case: "a pod of nobody",
    snapshot: { ...absent, pods: [{ ...pod, job: "b" }] },
    want: ["a pod of b is left"],
  },
  {
    case: "a node that is gone",
    snapshot: { ...whole, nodes: ["n1"] },
    want: ["a pod stands on n0, which is gone"],
  },
  { case: "a node that is out", snapshot: whole, out: ["n1"], want: ["a pod stands on n1, which is out"] },
  {
    case: "a node with two gangs' pods",
    snapshot: { ...whole, pods: [pod, pod] },
    want: ["two pods share n0"],
  },
])("$case", ({ snapshot, jobs = ["a"], out = [], want }) => {
  expect(violations(snapshot, { jobs, out })).toEqual(want);
});
