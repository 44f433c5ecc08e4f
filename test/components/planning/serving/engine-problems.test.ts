import { expect, test } from "vitest";
import type { AcceleratorId } from "../../../../components/catalogue/hardware.ts";
import { modelFacts } from "../../../../components/catalogue/models.ts";
import { engineProblems } from "../../../../components/planning/serving/engine-problems.ts";
import type { ModelPool, ModelRequest } from "../../../../components/planning/serving/model-plan.ts";

function requestOf(engine: "vllm" | "plinth"): ModelRequest {
  return {
    ...{ path: ["inferenceServers", 0], name: "chat", team: "research", pool: "own" },
    ...{ modelName: "llama", model: modelFacts("meta-llama/Llama-2-7b-hf") },
    parallelism: { tensor: 1, pipeline: 1, data: 1, expert: false },
    settings: { engine },
    headroom: { failover: 0, surge: 1 },
  };
}

function poolOf(
  accelerator: AcceleratorId,
  sharing: ModelPool["sharing"] = { mode: "dedicated" },
): ModelPool {
  return { name: "own", accelerator, nodes: 2, acceleratorsPerNode: 4, sharing };
}

const layouts = [{ nodes: 2, profiles: { "3g.40gb": 2 } }];
const vllm = requestOf("vllm");
const plinth = requestOf("plinth");

test.each<[string, ModelRequest, ModelPool]>([
  ["the runtime on the oldest GPU that it is built for", plinth, poolOf("nvidia-a100-80gb")],
  ["the runtime on slices", plinth, poolOf("nvidia-h100-80gb-sxm", { mode: "mig", layouts })],
  ["vLLM on a TPU", vllm, poolOf("google-tpu-v5e")],
  ["vLLM on an older GPU", vllm, poolOf("nvidia-t4")],
  ["vLLM beside others", vllm, poolOf("nvidia-l40s", { mode: "time-slicing", replicas: 2, rename: false })],
])("nothing is wrong with %s", (_, request, pool) => {
  expect(engineProblems(request, pool)).toEqual([]);
});

const known = "GPUs from compute capability 8.0 on, for engine plinth";
const alone = "whole accelerators or MIG slices: engine plinth takes its part of all memory";

test.each<[string, ModelPool, string, string]>([
  ["on a TPU", poolOf("google-tpu-v5e"), "pool own of google-tpu-v5e, a TPU", known],
  [
    "on a GPU for which nothing is built",
    poolOf("nvidia-t4"),
    "pool own of nvidia-t4, compute capability 7.5",
    known,
  ],
  [
    "by turns with others",
    poolOf("nvidia-l40s", { mode: "time-slicing", replicas: 2, rename: false }),
    "pool own, whose accelerators several pods have at once by time-slicing",
    alone,
  ],
  [
    "beside others",
    poolOf("nvidia-l40s", { mode: "mps", replicas: 2, rename: false }),
    "pool own, whose accelerators several pods have at once by mps",
    alone,
  ],
])("refused: the runtime %s", (_, pool, given, allowed) => {
  expect(engineProblems(plinth, pool)).toEqual([
    { path: ["inferenceServers", 0, "pool"], given, allowed, remedy: "choose another pool" },
  ]);
});
