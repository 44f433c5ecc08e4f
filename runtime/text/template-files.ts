/**
 * Where a model's chat templates are: transformers' tokenizers read chat_template.jinja, with further ones by
 * name in a folder beside it, and else tokenizer_config.json; its processors read chat_template.json
 * (huggingface/transformers, tokenization_utils_base.py and processing_utils.py; 2026-11-22).
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ModelFileError } from "../models/model-file-error.ts";
import { readSmallFile } from "../models/small-file.ts";
import { readTokenizerConfig, tokenizerConfigFile } from "./tokenizer-file.ts";

export type TemplateText = string | readonly { readonly name: string; readonly template: string }[];

export interface TemplateFile {
  readonly file: string;
  readonly template: TemplateText;
}

const usualFile = "chat_template.jinja";
const furtherFolder = "additional_chat_templates";
const processorFile = "chat_template.json";
const ending = ".jinja";
/** Of a folder's templates. */
const furtherMost = 64;

const processorTemplate = z.looseObject({ chat_template: z.string() });

/** Undefined for a model that has no template. Throws a ModelFileError for files that are none. */
export function readTemplateFile(directory: string): TemplateFile | undefined {
  const further = furtherTemplates(directory);
  const file = join(directory, usualFile);
  const usual = existsSync(file) ? [{ name: "default", template: readSmallFile(file) }] : [];
  if (further.length > 0) return { file: join(directory, furtherFolder), template: [...usual, ...further] };
  if (usual[0]) return { file, template: usual[0].template };
  const { chat_template: template } = readTokenizerConfig(directory);
  if (template) return { file: join(directory, tokenizerConfigFile), template };
  return ofProcessor(join(directory, processorFile));
}

/** The files of templates alone, by their paths from the directory. */
export function templateFiles(directory: string): readonly string[] {
  const further = furtherNames(directory).map((name) => `${furtherFolder}/${name}`);
  return [usualFile, processorFile, ...further].filter((name) => existsSync(join(directory, name)));
}

function furtherTemplates(directory: string) {
  return furtherNames(directory).map((name) => ({
    name: name.slice(0, -ending.length),
    template: readSmallFile(join(directory, furtherFolder, name)),
  }));
}

function furtherNames(directory: string): readonly string[] {
  const folder = join(directory, furtherFolder);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(ending));
  if (names.length <= furtherMost) return names.sort();
  throw new ModelFileError(folder, `has ${names.length} templates, of ${furtherMost} at most`);
}

function ofProcessor(file: string): TemplateFile | undefined {
  if (!existsSync(file)) return undefined;
  const text = readSmallFile(file);
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw new ModelFileError(file, "is no JSON");
  }
  const { data, error } = processorTemplate.safeParse(raw);
  if (data) return { file, template: data.chat_template };
  const [issue] = error.issues;
  throw new ModelFileError(file, `"${issue?.path.join(".") || "the whole"}": ${issue?.message}`);
}
