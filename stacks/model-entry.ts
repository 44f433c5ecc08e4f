/** A model in a stack file: what is served, where, how it is shared over accelerators, and for whom. */
import { z } from "zod";
import { modelFacts, modelIds } from "../components/catalogue/models.ts";
import {
  type QuantizationFormat,
  quantization,
  quantizationFormats,
} from "../components/catalogue/quantization.ts";
import { type ServingEngine, servingEngines } from "../components/catalogue/serving-engines.ts";
import { dnsLabel, migProfileName } from "../components/names.ts";
import { readModelConfig } from "../components/planning/models/model-config.ts";
import type { Path, Problem } from "../components/planning/problem.ts";
import type { ModelRequest } from "../components/planning/serving/model-plan.ts";

const tokens = z.int().min(1).max(10_000_000);
const lengths = z.strictObject({
  /** Tokens on average. */
  mean: tokens,
  /** Tokens that 95 of 100 do not exceed. Default: the mean. */
  p95: tokens.optional(),
});
const degree = z.int().min(1).max(64).default(1);
const engines = Object.keys(servingEngines) as [ServingEngine, ...ServingEngine[]];
const formats = Object.keys(quantizationFormats) as [QuantizationFormat, ...QuantizationFormat[]];

export const modelEntry = z.strictObject({
  /** Once among the stack's models. */
  name: dnsLabel,
  /** Team whose quota it uses. */
  team: dnsLabel,
  /** Pool that it is served in; the team must have a quota there. */
  pool: dnsLabel,
  /** MIG profile of a replica, in a partitioned pool. */
  profile: migProfileName.optional(),
  /** A model of the catalogue; either this or `config`. */
  model: z.enum(modelIds).optional(),
  /** The content of a checkpoint's config.json. */
  config: z.record(z.string(), z.unknown()).optional(),
  /** Default: vllm. */
  engine: z.enum(engines).default("vllm"),
  /** Part of an accelerator's memory that the engine may use. Default: the engine's own. */
  memoryUtilization: z.number().min(0.1).max(0.99).optional(),
  /** Tokens of the longest prompt and answer together. Default: what the model was made for. */
  context: tokens.optional(),
  /** Format that weights are quantised to. Default: as they are published. */
  quantization: z.enum(formats).optional(),
  /** Ranks that each hold a part of every layer. Default: 1. */
  tensor: degree,
  /** Stages that each hold some of the layers. Default: 1. */
  pipeline: degree,
  /** Default: 1, unless `demand` says what they have to do. */
  replicas: z.int().min(1).max(10_000).optional(),
  demand: z
    .strictObject({
      requestsPerSecond: z.number().min(0.0001).max(1_000_000),
      promptTokens: lengths,
      answerTokens: lengths,
      /** Variance of the time between requests over its mean squared. Default: 1, each comes by itself. */
      burstiness: z.number().min(0).max(100).default(1),
      /** Until the first token, for 95 of 100 requests. */
      ttftSeconds: z.number().min(0.001).max(3600),
      /** For each token after that, for 95 of 100 requests. */
      tpotSeconds: z.number().min(0.0001).max(60),
    })
    .optional(),
  headroom: z
    .strictObject({
      /** Machines that may fail without the objective being missed. Default: 1. */
      failover: z.int().min(0).max(100).default(1),
      /** Replicas that a rollout starts before it ends old ones. Default: 1. */
      surge: z.int().min(0).max(100).default(1),
    })
    .prefault({}),
});

export type ModelEntry = z.output<typeof modelEntry>;

/** The request that an entry makes, or what is wrong with how it names its model. */
export function modelRequest(
  entry: ModelEntry,
  path: Path,
): { readonly request?: ModelRequest; readonly problems: readonly Problem[] } {
  const choice = choiceProblems(entry, path);
  const read = entry.config ? readModelConfig(entry.config, [...path, "config"]) : undefined;
  const model = read ? read.model : entry.model && modelFacts(entry.model);
  const problems = [...choice, ...(read?.problems ?? [])];
  if (problems.length > 0 || !model) return { problems };
  const { name, team, pool, profile, tensor, pipeline, replicas, demand, headroom } = entry;
  return {
    problems,
    request: {
      path,
      name,
      team,
      pool,
      profile,
      modelName: entry.model ?? name,
      model,
      parallelism: { tensor, pipeline, data: 1, expert: false },
      settings: { engine: entry.engine, memoryUtilization: entry.memoryUtilization },
      quantization: entry.quantization && quantization(entry.quantization),
      context: entry.context,
      replicas,
      demand: demand && demandOf(demand),
      headroom,
    },
  };
}

function demandOf({
  requestsPerSecond,
  promptTokens,
  answerTokens,
  burstiness,
  ...objective
}: NonNullable<ModelEntry["demand"]>) {
  return {
    arrivals: { requestsPerSecond, prompt: promptTokens, answer: answerTokens, burstiness },
    objective,
  };
}

function choiceProblems({ model, config, replicas, demand }: ModelEntry, path: Path): Problem[] {
  const both = (given: string, allowed: string, remedy: string) => ({ path, given, allowed, remedy });
  return [
    ...((model === undefined) === (config === undefined)
      ? [
          both(
            model === undefined ? "neither model nor config" : "model and config",
            "one of them",
            "name a model of the catalogue, or give the content of a checkpoint's config.json",
          ),
        ]
      : []),
    ...(replicas !== undefined && demand !== undefined
      ? [both("replicas and demand", "one of them", "leave out replicas: they follow from the demand")]
      : []),
  ];
}
