import { expect, test } from "vitest";
import { modelFacts } from "../../../../components/catalogue/models.ts";
import { quantization } from "../../../../components/catalogue/quantization.ts";
import { alone } from "../../../../components/planning/models/parallelism.ts";
import { stageLoads } from "../../../../components/planning/serving/stage-load.ts";
import { toyMixture, toyServing } from "../../../support/serving/toy-model.ts";

test("a model on one rank: every weight is read once and works twice on a token", () => {
  expect(stageLoads(toyServing())).toEqual([
    {
      layers: 2,
      quantizedOperations: 0,
      plainOperations: 2 * 2 * 120_000,
      outputOperations: 2 * 100_000,
      // With two norms of 100 in each layer, and one before the output.
      weightBytes: 2 * (2 * 120_200 + 100_100),
      experts: [],
      contexts: [
        {
          layers: 2,
          tokenBytes: 2 * 2 * 25 * 2,
          window: Number.POSITIVE_INFINITY,
          stateBytes: 0,
          answerOperations: 4 * 4 * 25,
          promptOperations: 4 * 4 * 25,
        },
      ],
      sums: 0,
      dispatches: 0,
    },
  ]);
});

test("two ranks: matrices and heads are halved, norms are not, and each half of a layer is summed up", () => {
  const [stage] = stageLoads(toyServing({ parallelism: { ...alone, tensor: 2 } }));
  expect(stage).toMatchObject({
    plainOperations: 2 * 120_000,
    outputOperations: 100_000,
    weightBytes: 2 * (2 * 60_200 + 50_100),
    sums: 4,
  });
  expect(stage?.contexts).toMatchObject([{ tokenBytes: 100, answerOperations: 200 }]);
});

test("two stages: each has its layer, and the last has the output", () => {
  const stages = stageLoads(toyServing({ parallelism: { ...alone, pipeline: 2 } }));
  expect(stages).toMatchObject([
    { layers: 1, outputOperations: 0, weightBytes: 2 * 120_200 },
    { layers: 1, outputOperations: 200_000, weightBytes: 2 * (120_200 + 100_100) },
  ]);
});

test("of experts all are held and those of a token work", () => {
  const [stage] = stageLoads(toyServing({ model: toyMixture }));
  expect(stage).toMatchObject({
    plainOperations: 2 * 2 * (30_000 + 800 + 2 * 90_000),
    weightBytes: 2 * (2 * (30_000 + 200 + 800) + 100_100),
    // One entry stands for both layers.
    experts: [{ experts: 8, active: 2, bytes: 2 * 2 * 8 * 90_000 }],
  });
});

test("experts apart: each rank of both groups has a fourth of them, and does half of a group's work", () => {
  const parallelism = { tensor: 2, pipeline: 1, data: 2, expert: true };
  const [stage] = stageLoads(toyServing({ model: toyMixture, parallelism }));
  expect(stage?.experts).toEqual([{ experts: 8, active: 2, bytes: 2 * 2 * 2 * 90_000 }]);
  // The router is whole on every rank.
  expect(stage?.plainOperations).toBe(2 * 2 * (15_000 + 800 + 90_000));
  expect(stage?.dispatches).toBe(4);
});

test("quantised matrices are told apart from what stays as it is", () => {
  const [stage] = stageLoads(toyServing({ quantization: quantization("fp8") }));
  expect(stage).toMatchObject({ quantizedOperations: 480_000, plainOperations: 0 });
  expect(stage?.outputOperations).toBe(200_000);
});

test("tied embeddings are the output layer", () => {
  const { model } = toyServing();
  const [stage] = stageLoads(toyServing({ model: { ...model, tiedEmbeddings: true } }));
  expect(stage).toMatchObject({ outputOperations: 200_000, weightBytes: 2 * (2 * 120_200 + 100_000) });
});

test("compressed attention: answers are found on the vector, prompts on the heads; a window is kept", () => {
  const [deepseek] = stageLoads(toyServing({ model: modelFacts("deepseek-ai/DeepSeek-V3") }));
  expect(deepseek?.contexts[0]).toMatchObject({
    tokenBytes: 2 * (512 + 64),
    answerOperations: 2 * 128 * (2 * 512 + 64),
    promptOperations: 2 * 128 * (128 + 64 + 128),
  });
  const [oss] = stageLoads(toyServing({ model: modelFacts("openai/gpt-oss-20b") }));
  expect(oss?.contexts.map(({ window }) => window).sort((a, b) => a - b)).toEqual([
    128,
    Number.POSITIVE_INFINITY,
  ]);
});

test("layers with a state read and write it, and compare nothing", () => {
  const [mamba] = stageLoads(toyServing({ model: modelFacts("nvidia/Nemotron-H-8B-Base-8K") }));
  const states = mamba?.contexts.filter(({ stateBytes }) => stateBytes > 0) ?? [];
  expect(states.map(({ tokenBytes, answerOperations }) => [tokenBytes, answerOperations])).toEqual([[0, 0]]);
});
