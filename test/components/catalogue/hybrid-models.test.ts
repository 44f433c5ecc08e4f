import { expect, test } from "vitest";
import { hybridModels } from "../../../components/catalogue/hybrid-models.ts";
import type { ModelArchitecture } from "../../../components/catalogue/model-architecture.ts";

test.each([
  { id: "ai21labs/Jamba-v0.1", want: { mamba: 28, attention: 4 } },
  { id: "nvidia/Nemotron-H-8B-Base-8K", want: { mamba2: 24, none: 24, attention: 4 } },
  { id: "Qwen/Qwen3-Next-80B-A3B-Instruct", want: { delta: 36, attention: 12 } },
] as const)("$id mixes tokens in these ways", ({ id, want }) => {
  const model: ModelArchitecture = hybridModels[id];
  const kinds = model.layers.map(({ mixer }) => mixer?.kind ?? "none");
  const counts = Object.fromEntries(
    [...new Set(kinds)].map((kind) => [kind, kinds.filter((other) => other === kind).length]),
  );
  expect(counts).toEqual(want);
});
