import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { readEmbeddingConfig } from "../../../runtime/models/embedding-config.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

function directoryWith(files: Readonly<Record<string, unknown>>): string {
  const directory = temporaryDirectory();
  for (const [name, content] of Object.entries({ "config.json": {}, ...files })) {
    const file = join(directory, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  }
  return directory;
}

const module = (kind: string, path: string) => ({
  idx: 0,
  name: "0",
  path,
  type: `sentence_transformers.models.${kind}`,
});
const three = [module("Transformer", ""), module("Pooling", "1_Pooling"), module("Normalize", "2_Normalize")];
const two = three.slice(0, 2);
const off = { word_embedding_dimension: 8, pooling_mode_cls_token: false, include_prompt: true };
const lastToken = { ...off, pooling_mode_lasttoken: true, pooling_mode_mean_tokens: false };
const mean = { ...off, pooling_mode_lasttoken: false, pooling_mode_mean_tokens: true };

test.each([
  { case: "nothing told", files: {}, want: ["last", true, "all"] },
  {
    case: "the last token, normalised",
    files: { "modules.json": three, "1_Pooling/config.json": lastToken },
    want: ["last", true, "all"],
  },
  {
    case: "a mean as it is",
    files: { "modules.json": two, "1_Pooling/config.json": mean },
    want: ["mean", false, "all"],
  },
  {
    case: "a mode by its name",
    files: {
      "modules.json": three,
      "1_Pooling/config.json": { pooling_mode: "mean", embedding_dimension: 8 },
    },
    want: ["mean", true, "all"],
  },
  {
    case: "any length",
    files: { "config.json": { is_matryoshka: true } },
    want: ["last", true, "any"],
  },
  {
    case: "some lengths",
    files: { "config.json": { is_matryoshka: true, matryoshka_dimensions: [4, 8] } },
    want: ["last", true, [4, 8]],
  },
])("$case", ({ files, want }) => {
  const { pooling, isNormalized, dimensions } = readEmbeddingConfig(directoryWith(files));
  expect([pooling, isNormalized, dimensions]).toEqual(want);
});

test.each([
  {
    case: "a dense layer behind the pooling",
    files: { "modules.json": [...two, module("Dense", "2_Dense"), module("Normalize", "3_Normalize")] },
    want: "modules.json: Transformer, Pooling, Dense, Normalize is not supported; these are: ",
  },
  {
    case: "no pooling",
    files: { "modules.json": [three[0]] },
    want: "modules.json: Transformer, nothing is",
  },
  { case: "no list", files: { "modules.json": {} }, want: 'modules.json: "": Invalid input: expected array' },
  { case: "no JSON", files: { "modules.json": "[" }, want: "modules.json: is no JSON" },
  {
    case: "a path out of the directory",
    files: { "modules.json": [three[0], module("Pooling", "../other")] },
    want: 'modules.json: "path": ../other is no folder',
  },
  { case: "no config", files: { "modules.json": two }, want: "1_Pooling/config.json: is not there" },
  {
    case: "the first token",
    files: { "modules.json": two, "1_Pooling/config.json": { pooling_mode_cls_token: true } },
    want: "pooling by pooling_mode_cls_token is not supported; these are: lasttoken, mean",
  },
  {
    case: "two poolings",
    files: {
      "modules.json": two,
      "1_Pooling/config.json": { pooling_mode_mean_tokens: true, pooling_mode_lasttoken: true },
    },
    want: "pooling by pooling_mode_mean_tokens and pooling_mode_lasttoken is not supported",
  },
  {
    case: "no pooling by any",
    files: { "modules.json": two, "1_Pooling/config.json": off },
    want: "pooling by nothing is not supported",
  },
  {
    case: "a length of nothing",
    files: { "config.json": { matryoshka_dimensions: [0] } },
    want: 'config.json: "matryoshka_dimensions.0": Too small',
  },
])("refused: $case", ({ files, want }) => {
  expect(() => readEmbeddingConfig(directoryWith(files))).toThrow(want);
});
