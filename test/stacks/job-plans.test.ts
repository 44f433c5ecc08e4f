import { expect, test } from "vitest";
import { controllerNames } from "../../components/catalogue/controllers.ts";
import { jobEntry } from "../../stacks/entries.ts";
import { kindOf, planOf } from "../../stacks/job-plans.ts";
import { jobKinds, makeJob } from "../support/job-kinds.ts";

const path = ["jobs", 0];

test("a job that names no kind is a plain gang, which needs no controller", () => {
  const { kind: _, ...plain } = makeJob("gang");
  const job = jobEntry.parse(plain);
  expect(kindOf(job)).toBe("gang");
  expect(planOf(job).controller).toBeUndefined();
});

test.each([
  { kind: "gang", controller: undefined, want: [{ nodes: 2, acceleratorsPerNode: 8, path }] },
  {
    kind: "jobset",
    controller: "jobset",
    want: [{ nodes: 2, acceleratorsPerNode: 8, path: [...path, "roles", 0] }],
  },
  { kind: "trainjob", controller: "trainer", want: [{ nodes: 2, acceleratorsPerNode: 8, path }] },
  {
    kind: "rayjob",
    controller: "kuberay",
    want: [{ nodes: 2, acceleratorsPerNode: 8, path: [...path, "workers", 0] }],
  },
  {
    kind: "raycluster",
    controller: "kuberay",
    want: [{ nodes: 2, acceleratorsPerNode: 8, path: [...path, "workers", 0] }],
  },
  { kind: "leaderworkerset", controller: "lws", want: [{ nodes: 2, acceleratorsPerNode: 8, path }] },
  { kind: "mpijob", controller: "mpi", want: [{ nodes: 2, acceleratorsPerNode: 8, path }] },
] as const)("$kind: its controller and its pods", ({ kind, controller, want }) => {
  const job = jobEntry.parse(makeJob(kind));
  const plan = planOf(job);
  expect(kindOf(job)).toBe(kind);
  expect(plan.controller).toBe(controller);
  expect(plan.roles(job, path)).toMatchObject(want);
  expect(plan.problems?.(job, path) ?? []).toEqual([]);
});

test("every controller serves a kind", () => {
  const served = jobKinds.map((kind) => planOf(jobEntry.parse(makeJob(kind))).controller);
  expect(controllerNames.filter((name) => !served.includes(name))).toEqual([]);
});
