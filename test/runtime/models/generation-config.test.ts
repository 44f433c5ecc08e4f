import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readGenerationConfig } from "../../../runtime/models/generation-config.ts";
import { ModelFileError } from "../../../runtime/models/model-file-error.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

function directoryWith(content: unknown): string {
  const directory = temporaryDirectory();
  const text = typeof content === "string" ? content : JSON.stringify(content);
  writeFileSync(join(directory, "generation_config.json"), text);
  return directory;
}

test("without the file nothing is said", () => {
  expect(readGenerationConfig(temporaryDirectory(), 8)).toEqual({ endTokens: [], defaults: {} });
});

test.each([
  {
    case: "as Llama 3 has it",
    file: { bos_token_id: 1, do_sample: true, eos_token_id: [5, 6, 7], temperature: 0.6, top_p: 0.9 },
    want: { endTokens: [5, 6, 7], defaults: { temperature: 0.6, topP: 0.9 } },
  },
  {
    case: "as Gemma 3 has it",
    file: { cache_implementation: "hybrid", eos_token_id: [1, 6], top_k: 64, top_p: 0.95 },
    want: { endTokens: [1, 6], defaults: { topK: 64, topP: 0.95 } },
  },
  {
    case: "all that is read",
    file: {
      eos_token_id: 7,
      temperature: 0,
      top_k: -1,
      top_p: 0,
      min_p: 0.05,
      repetition_penalty: 1.05,
      max_new_tokens: 2048,
    },
    want: {
      endTokens: [7],
      defaults: {
        temperature: 0,
        topK: -1,
        topP: 0,
        minP: 0.05,
        repetitionPenalty: 1.05,
        answerTokens: 2048,
      },
    },
  },
  {
    case: "nothing but what is left alone",
    file: { eos_token_id: null, temperature: null, do_sample: false, transformers_version: "4.51.0" },
    want: { endTokens: [], defaults: {} },
  },
])("$case", ({ file, want }) => {
  expect(readGenerationConfig(directoryWith(file), 8)).toEqual(want);
});

test.each([
  { case: "no JSON", file: "{", want: "is no JSON" },
  { case: "a list", file: [], want: '"the whole": Invalid input: expected object, received array' },
  {
    case: "a token of another model",
    file: { eos_token_id: [1, 8] },
    want: '"eos_token_id": 8 is none of 8',
  },
  { case: "a token below all", file: { eos_token_id: -1 }, want: '"eos_token_id": Too small' },
  { case: "a text", file: { temperature: "0.6" }, want: '"temperature": Invalid input: expected number' },
  { case: "too warm", file: { temperature: 2.5 }, want: '"temperature": Too big: expected number to be <=2' },
  { case: "half a token", file: { top_k: 1.5 }, want: '"top_k": Invalid input: expected int' },
  { case: "more than all", file: { top_p: 1.1 }, want: '"top_p": Too big: expected number to be <=1' },
  { case: "less than none", file: { min_p: -0.1 }, want: '"min_p": Too small: expected number to be >=0' },
  { case: "no penalty", file: { repetition_penalty: 0 }, want: '"repetition_penalty": Too small' },
  { case: "no token", file: { max_new_tokens: 0 }, want: '"max_new_tokens": Too small' },
])("refused: $case", ({ file, want }) => {
  const read = () => readGenerationConfig(directoryWith(file), 8);
  expect(read).toThrow(ModelFileError);
  expect(read).toThrow(`generation_config.json: ${want}`);
});
