/** Fields that every endpoint which generates has: how tokens are chosen, and where an answer ends. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Sampling } from "../engine/contract.ts";
import { drawnFields, type SamplingDefaults } from "../models/generation-config.ts";
import { ApiError } from "./api-error.ts";
import { ignored, listOf } from "./request-body.ts";

const token = z.int().min(0);
const stopString = z.string().min(1, "must not be empty").max(1024);

/** Bounds are OpenAI's where it has the field, and vLLM's where it has not. */
export const samplingFields = {
  ...drawnFields,
  seed: z.int().nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  logit_bias: z
    .record(z.string().regex(/^\d{1,9}$/, "is no token"), z.number().min(-100).max(100))
    .refine((bias) => Object.keys(bias).length <= 512, "has more than 512 tokens")
    .nullish(),
};

export const endFields = {
  stop: z
    .union([stopString, listOf(stopString, { max: 128 })], {
      error: "wants a string that is not empty, or a list of them",
    })
    .nullish(),
  stop_token_ids: listOf(token, { max: 128 }).nullish(),
  min_tokens: z.int().min(0).nullish(),
  ignore_eos: z.boolean().nullish(),
};

export const streamFields = {
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({ include_usage: z.boolean().nullish(), include_obfuscation: ignored })
    .nullish(),
};

/** Of OpenAI's fields those that say who asks or what for, and change no answer. */
export const harmlessFields = {
  user: z.string().max(1024).nullish(),
  safety_identifier: z.string().max(64).nullish(),
  metadata: ignored,
  /** Nothing is ever stored. */
  store: ignored,
  service_tier: ignored,
  prompt_cache_key: ignored,
  prompt_cache_retention: ignored,
  prompt_cache_options: ignored,
};

const sampling = z.strictObject(samplingFields);
const ends = z.strictObject(endFields);
export type SamplingFields = z.output<typeof sampling>;
export type EndFields = z.output<typeof ends>;

/** No token has less, so that the likeliest alone is left; devices want some share, in 32 bits. */
const leastShare = 1e-30;

/** How tokens of one choice are taken; choices of one request differ by their seeds alone. */
export function samplingOf(
  fields: SamplingFields,
  vocabularySize: number,
  logprobs: number,
  defaults: SamplingDefaults = {},
): Sampling {
  return {
    temperature: fields.temperature ?? defaults.temperature ?? 1,
    topK: Math.max(0, fields.top_k ?? defaults.topK ?? 0),
    topP: Math.max(leastShare, fields.top_p ?? defaults.topP ?? 1),
    minP: fields.min_p ?? defaults.minP ?? 0,
    seed: typeof fields.seed === "number" ? BigInt.asUintN(64, BigInt(fields.seed)) : anySeed(),
    repetitionPenalty: fields.repetition_penalty ?? defaults.repetitionPenalty ?? 1,
    presencePenalty: fields.presence_penalty ?? 0,
    frequencyPenalty: fields.frequency_penalty ?? 0,
    logitBias: biasOf(fields.logit_bias ?? {}, vocabularySize),
    logprobs,
  };
}

function anySeed(): bigint {
  return randomBytes(8).readBigUInt64LE();
}

/** The sampling of a request's choice, by its number. */
export function ofChoice(sampling: Sampling, choice: number): Sampling {
  return { ...sampling, seed: BigInt.asUintN(64, sampling.seed + BigInt(choice)) };
}

function biasOf(bias: Readonly<Record<string, number>>, vocabularySize: number): Map<number, number> {
  const tokens = Object.entries(bias).map(([token, value]) => [Number(token), value] as const);
  for (const [token] of tokens) checkToken(token, vocabularySize, "logit_bias");
  return new Map(tokens);
}

export function checkToken(token: number, vocabularySize: number, param: string): void {
  if (token < vocabularySize) return;
  const message = `${param}: ${token} is no token of this model, which has ${vocabularySize}`;
  throw new ApiError("invalid_value", message, { param });
}

/** The stop strings, however they were written. */
export function stopStringsOf({ stop }: EndFields, most: number): readonly string[] {
  const stops = typeof stop === "string" ? [stop] : (stop ?? []);
  if (stops.length <= most) return stops;
  const message = `stop: ${stops.length} strings, where ${most} are allowed`;
  throw new ApiError("invalid_value", message, { param: "stop" });
}
