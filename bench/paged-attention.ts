/** How much more does an engine serve that takes blocks as it needs them, and what does each way waste? */
import { join, resolve } from "node:path";
import { z } from "zod";
import { machine, rounded } from "./support/measure.ts";
import { drawnLengths, traceLengths } from "./support/paged-attention/lengths.ts";
import { type Policy, policies } from "./support/paged-attention/policies.ts";
import { type Card, type Outcome, simulate, type Workload } from "./support/paged-attention/simulation.ts";
import type { Options, Table } from "./support/table.ts";

export const options: Options = {
  /** Directory with AzureLLMInferenceTrace_code.csv and AzureLLMInferenceTrace_conv.csv. */
  traces: { type: "string" },
};

const given = z.object({ traces: z.string().optional() });
const usual = "../../shared/data/azure-llm-2023";

/** 13 billion parameters, keys of every head, as in the paper; A100's data sheet: 40 GB, 1555 GB/s, 312 T. */
const a100: Card = {
  weightBytes: 26e9,
  kvBytesPerToken: 40 * 5120 * 2 * 2,
  kvCacheBytes: 12e9,
  bytesPerSecond: 1555e9,
  operationsPerSecond: 312e12,
};

/** Llama 3.1 8B, whose heads share keys; L4's data sheet: 24 GB, 300 GB/s, 121 T without sparsity. */
const l4: Card = {
  weightBytes: 16.06e9,
  kvBytesPerToken: 32 * 8 * 128 * 2 * 2,
  kvCacheBytes: 24e9 * 0.9 - 16.06e9,
  bytesPerSecond: 300e9,
  operationsPerSecond: 121e12,
};

/** The highest rate is found this well: within a hundredth. */
const nearness = 1.01;

export async function run(values: Readonly<Record<string, unknown>>): Promise<Table> {
  const { traces } = given.parse({ traces: values.traces });
  const { workloads, missing } = workloadsOf(traces ?? resolve(import.meta.dirname, usual));
  return {
    question: "How much more do blocks taken as needed serve, at less than twice the unloaded latency?",
    machine: machine(),
    rows: workloads.flatMap(rowsOf),
    notes: [
      "The engine's own scheduler; a step takes as long as reading all weights once, or multiplying them",
      "with each token if that is longer, and reading the contexts. Nothing is lost between reservations.",
      "chat: a 13B model on an A100 of 40 GB, 2048 tokens; lengths drawn, lognormal with ShareGPT's means.",
      "code, conversation: Azure's traces of 2023, Llama 3.1 8B on an L4 of 24 GB, 8192 tokens.",
      "Goal: paged wastes less than 4 %.",
      ...missing.map((file) => `Left out: ${file} is not there; it is in Azure/AzurePublicDataset, data/.`),
    ],
  };
}

function workloadsOf(directory: string): { workloads: Workload[]; missing: string[] } {
  const chat = { name: "chat", card: a100, sequenceTokens: 2048 };
  const workloads: Workload[] = [{ ...chat, lengths: drawnLengths({ prompt: 202, answer: 179 }, 2048) }];
  const missing: string[] = [];
  for (const [name, kind] of [
    ["code", "code"],
    ["conversation", "conv"],
  ] as const) {
    const file = `AzureLLMInferenceTrace_${kind}.csv`;
    const lengths = traceLengths(join(directory, file), 8192);
    if (lengths) workloads.push({ name, card: l4, sequenceTokens: 8192, lengths });
    else missing.push(file);
  }
  return { workloads, missing };
}

function rowsOf(workload: Workload): Table["rows"] {
  const [paged] = policies.slice(-1) as [Policy];
  const unloaded = simulate(workload, paged, 0.001).secondsPerToken;
  const found = policies.map((policy) => ({ policy, ...highest(workload, policy, 2 * unloaded) }));
  const best = found.at(-1)?.rate ?? Number.NaN;
  return found.map(({ policy, rate, outcome }) => ({
    workload: workload.name,
    policy: policy.name,
    requestsPerSecond: rounded(rate, 3),
    pagedServesTimes: rounded(best / rate),
    running: rounded(outcome.running, 1),
    wastePercent: rounded(outcome.waste * 100, 1),
  }));
}

/** The highest rate whose latency stays below the limit, and what came of it. */
function highest(workload: Workload, policy: Policy, limit: number): { rate: number; outcome: Outcome } {
  let low = { rate: 0.001, outcome: simulate(workload, policy, 0.001) };
  let high = 0.01;
  for (;;) {
    const outcome = simulate(workload, policy, high);
    if (outcome.secondsPerToken > limit) break;
    low = { rate: high, outcome };
    high *= 2;
  }
  while (high / low.rate > nearness) {
    const rate = Math.sqrt(high * low.rate);
    const outcome = simulate(workload, policy, rate);
    if (outcome.secondsPerToken > limit) high = rate;
    else low = { rate, outcome };
  }
  return low;
}
