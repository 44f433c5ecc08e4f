/** What belongs to a model beside its config and its weights: a copy without it would answer otherwise. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { templateFiles } from "../text/template-files.ts";
import { embeddingFiles } from "./embedding-config.ts";

const names = [
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "tokenizer.model",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
];

/** Those that are there, by their paths from the directory; some are in folders of it. */
export function companionFiles(directory: string): readonly string[] {
  const all = [...names, ...templateFiles(directory), ...embeddingFiles(directory)];
  return all.filter((name) => existsSync(join(directory, name)));
}
