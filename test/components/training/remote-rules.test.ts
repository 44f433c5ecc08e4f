import { expect, test } from "vitest";
import { configError } from "../../../components/config.ts";
import { TrainingJob, TrainingRuntime } from "../../../components/index.ts";
import { remoteGangProblems, remoteRuntimeProblems } from "../../../components/training/remote-rules.ts";
import { placeholder as image } from "../../support/builders.ts";
import { record } from "../../support/record.ts";
import { makeTraining } from "../../support/training.ts";

const elsewhere = "choose a pool that queueing.multiKueue does not name";
const unnamed = "in pool h100, whose jobs go to another cluster: their pods would not find each other there";
const manyPods = {
  path: ["nodes"],
  given: "2",
  allowed: `1 for a plain gang ${unnamed}`,
  remedy: `make it a jobset, which brings its pods names wherever it runs, or ${elsewhere}`,
};
const growing = {
  path: ["elastic"],
  given: "true",
  allowed: `false ${unnamed}`,
  remedy: `leave elastic out, or ${elsewhere}`,
};
const runtime = {
  given: "a trainjob",
  allowed:
    "a kind that needs no other object in pool h100, whose jobs go to another cluster: its runtime would not",
  remedy: `make it a jobset, or ${elsewhere}`,
};

test.each([
  { nodes: 1, elastic: false, want: [] },
  { nodes: 2, elastic: false, want: [manyPods] },
  { nodes: 1, elastic: true, want: [growing] },
  { nodes: 2, elastic: true, want: [manyPods, growing] },
])("a gang of $nodes, elastic: $elastic", ({ want, ...gang }) => {
  expect(remoteGangProblems([], gang, "h100")).toEqual(want);
});

test("a trainjob, however small", () => {
  expect(remoteRuntimeProblems(["jobs", 0, "kind"], "h100")).toEqual([
    { path: ["jobs", 0, "kind"], ...runtime },
  ]);
});

const multiKueue = { pools: ["h100"], clusters: [{ name: "east", kubeconfigSecret: "east" }] };
const size = { nodes: 2, acceleratorsPerNode: 8, image };

test("the components refuse the same in the queue of such a pool, and take a gang of one pod", async () => {
  await record(() => {
    const { controllers, ...given } = makeTraining({ multiKueue });
    expect(() => new TrainingJob("train", { ...given, ...size })).toThrow(
      configError('TrainingJob "train"', [manyPods]).message,
    );
    const { nodes: _, ...pod } = size;
    expect(() => new TrainingRuntime("torch", { ...given, controllers, ...pod, framework: "torch" })).toThrow(
      configError('TrainingRuntime "torch"', [{ path: ["queue"], ...runtime }]).message,
    );
    expect(new TrainingJob("probe", { ...given, ...size, nodes: 1 }).accelerators).toBe(8);
  });
});
