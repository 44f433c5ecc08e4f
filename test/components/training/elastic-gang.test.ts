import { expect, test } from "vitest";
import { configError } from "../../../components/config.ts";
import { TrainingJob } from "../../../components/index.ts";
import {
  type ElasticGang,
  elasticEnvironment,
  elasticSizeProblems,
} from "../../../components/training/elastic-gang.ts";
import { placeholder } from "../../support/builders.ts";
import { record } from "../../support/record.ts";
import { makeTraining } from "../../support/training.ts";

function gang(bounds: Partial<ElasticGang> = {}): ElasticGang {
  return { nodes: 2, elastic: true, ...bounds };
}

const noUse = {
  allowed: "nothing without elastic: the gang has its nodes throughout",
  remedy: "leave it out, or set elastic: true",
};

test.each([
  { case: "elastic, within its own bounds", job: gang(), want: [] },
  { case: "bounds that are its size", job: gang({ minNodes: 2, maxNodes: 2, processRestarts: 0 }), want: [] },
  { case: "of fixed size, without bounds", job: gang({ elastic: false }), want: [] },
  {
    case: "fewer nodes than it computes with",
    job: gang({ minNodes: 3 }),
    want: [
      {
        path: ["jobs", 0, "minNodes"],
        given: "3",
        allowed: "1 to 2, the nodes of the gang",
        remedy: "lower minNodes, or raise nodes",
      },
    ],
  },
  {
    case: "more nodes than it may ever have",
    job: gang({ maxNodes: 1 }),
    want: [
      {
        path: ["jobs", 0, "maxNodes"],
        given: "1",
        allowed: "at least 2, the nodes of the gang",
        remedy: "raise maxNodes, or lower nodes",
      },
    ],
  },
  {
    case: "bounds of a gang of fixed size",
    job: gang({ elastic: false, minNodes: 1, maxNodes: 4, processRestarts: 3 }),
    want: [
      { path: ["jobs", 0, "minNodes"], given: "1", ...noUse },
      { path: ["jobs", 0, "maxNodes"], given: "4", ...noUse },
      { path: ["jobs", 0, "processRestarts"], given: "3", ...noUse },
    ],
  },
])("$case", ({ job, want }) => {
  expect(elasticSizeProblems(["jobs", 0], job)).toEqual(want);
});

test("the component refuses the same", async () => {
  await record(() => {
    const { controllers: _, ...given } = makeTraining();
    const bounded = { nodes: 2, acceleratorsPerNode: 8, image: placeholder, maxNodes: 4 };
    expect(() => new TrainingJob("train", { ...given, ...bounded })).toThrow(
      configError('TrainingJob "train"', [{ path: ["maxNodes"], given: "4", ...noUse }]).message,
    );
  });
});

test("pods of every size of a gang are told the same", () => {
  expect(elasticEnvironment({ name: "train", minNodes: 2, maxNodes: 6 }, "train-0.train:29500")).toEqual([
    { name: "PET_NNODES", value: "2:6" },
    { name: "PET_RDZV_BACKEND", value: "c10d" },
    { name: "PET_RDZV_ENDPOINT", value: "train-0.train:29500" },
    { name: "PET_RDZV_ID", value: "train" },
    { name: "PET_MAX_RESTARTS", value: "10" },
    { name: "TORCH_DISABLE_SHARE_RDZV_TCP_STORE", value: "1" },
  ]);
});
