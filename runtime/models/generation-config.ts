/**
 * What a model's own generation_config.json says of answers: the tokens that end one, some of which stand
 * nowhere else, and how tokens are drawn for who does not say it. Fields are transformers', and those that
 * vLLM takes (vllm-project/vllm, vllm/config/model.py, get_diff_sampling_param; 2026-11-22): `do_sample` is
 * none of them. All others are left alone.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ModelFileError } from "./model-file-error.ts";
import { readSmallFile } from "./small-file.ts";

/** How an answer is drawn where its request leaves it open; what is absent is as without such a file. */
export interface SamplingDefaults {
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly repetitionPenalty?: number;
  /** Tokens of an answer. */
  readonly answerTokens?: number;
}

export interface GenerationConfig {
  /** Tokens that end an answer. */
  readonly endTokens: readonly number[];
  readonly defaults: SamplingDefaults;
}

const name = "generation_config.json";
const token = z.int().min(0);

/** Fields of a request as well, by the same names and within the same bounds. */
export const drawnFields = {
  temperature: z.number().min(0).max(2).nullish(),
  /** 0: the likeliest token alone. */
  top_p: z.number().min(0).max(1).nullish(),
  /** 0 or -1: no limit. */
  top_k: z
    .int()
    .min(-1)
    .max(2 ** 31 - 1)
    .nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().min(0.01).max(10).nullish(),
};

const configFile = z.looseObject({
  eos_token_id: z.union([token, z.array(token).max(256)]).nullish(),
  ...drawnFields,
  max_new_tokens: z.int().min(1).nullish(),
});

/** Nothing where there is no such file. Throws a ModelFileError that names the file and the field. */
export function readGenerationConfig(directory: string, vocabularySize: number): GenerationConfig {
  const file = join(directory, name);
  if (!existsSync(file)) return { endTokens: [], defaults: {} };
  const { data, error } = configFile.safeParse(parse(file));
  if (!data) {
    const [issue] = error.issues;
    throw new ModelFileError(file, `"${issue?.path.join(".") || "the whole"}": ${issue?.message}`);
  }
  const endTokens = [data.eos_token_id ?? []].flat();
  const stranger = endTokens.find((token) => token >= vocabularySize);
  if (stranger !== undefined) {
    throw new ModelFileError(file, `"eos_token_id": ${stranger} is none of ${vocabularySize} tokens`);
  }
  const told = {
    temperature: data.temperature,
    topK: data.top_k,
    topP: data.top_p,
    minP: data.min_p,
    repetitionPenalty: data.repetition_penalty,
    answerTokens: data.max_new_tokens,
  };
  const given = Object.entries(told).filter(([, value]) => value !== null && value !== undefined);
  return { endTokens, defaults: Object.fromEntries(given) };
}

function parse(file: string): unknown {
  const text = readSmallFile(file);
  try {
    return JSON.parse(text);
  } catch {
    throw new ModelFileError(file, "is no JSON");
  }
}
