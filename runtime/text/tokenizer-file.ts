/**
 * What the two files of a model's tokenizer hold, as far as it is used here. A kind that is not known is
 * refused: a tokenizer that is nearly right makes a model nearly right, and nobody sees why.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ModelFileError } from "../models/model-file-error.ts";

export const tokenizerFile = "tokenizer.json";
export const tokenizerConfigFile = "tokenizer_config.json";

const token = z.int().min(0).max(0x7fff_ffff);

const pattern = z.union([z.object({ Regex: z.string() }), z.object({ String: z.string() })]);

export type Pattern = z.infer<typeof pattern>;

const splitBehavior = z.enum(["Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"]);

export type SplitBehavior = z.infer<typeof splitBehavior>;

const split = z.object({
  type: z.literal("Split"),
  pattern,
  behavior: splitBehavior,
  invert: z.boolean().default(false),
});
const byteLevelCut = z.object({
  type: z.literal("ByteLevel"),
  add_prefix_space: z.boolean().default(true),
  use_regex: z.boolean().default(true),
});
const metaspace = z.object({
  type: z.literal("Metaspace"),
  replacement: z.string().length(1).default("▁"),
  prepend_scheme: z.enum(["always", "first", "never"]).default("always"),
  split: z.boolean().default(true),
});
const digits = z.object({ type: z.literal("Digits"), individual_digits: z.boolean().default(false) });
const cut = z.discriminatedUnion("type", [split, byteLevelCut, metaspace, digits]);
const cuts = z.object({ type: z.literal("Sequence"), pretokenizers: z.array(cut) });

/** A sequence of cuts in line, none of which is a sequence itself. */
const preTokenizer = z
  .union([cuts.transform(({ pretokenizers }) => pretokenizers), cut.transform((one) => [one])])
  .nullish()
  .transform((found) => found ?? []);

export type Cut = z.infer<typeof cut>;

const normalizer = z.discriminatedUnion("type", [
  z.object({ type: z.enum(["NFC", "NFD", "NFKC", "NFKD"]) }),
  z.object({ type: z.literal("Prepend"), prepend: z.string() }),
  z.object({ type: z.literal("Replace"), pattern, content: z.string() }),
]);
const normalizers = z.object({ type: z.literal("Sequence"), normalizers: z.array(normalizer) });

const decoder = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ByteLevel") }),
  z.object({ type: z.literal("ByteFallback") }),
  z.object({ type: z.literal("Fuse") }),
  z.object({ type: z.literal("Metaspace"), replacement: z.string().default("▁") }),
  z.object({ type: z.literal("Replace"), pattern: z.object({ String: z.string() }), content: z.string() }),
  z.object({
    type: z.literal("Strip"),
    content: z.literal(" "),
    start: z.int().min(0).max(1),
    stop: z.literal(0),
  }),
]);
const decoders = z.object({ type: z.literal("Sequence"), decoders: z.array(decoder) });

export type DecoderStep = z.infer<typeof decoder>;

const addedToken = z.object({
  id: token,
  content: z.string().min(1),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().default(true),
  special: z.boolean().default(false),
});

export type AddedToken = z.infer<typeof addedToken>;

const merges = z.union([z.array(z.string()), z.array(z.tuple([z.string(), z.string()]))]);

const model = z.object({
  type: z.literal("BPE"),
  vocab: z.record(z.string(), token),
  merges,
  unk_token: z.string().nullish(),
  fuse_unk: z.boolean().default(false),
  byte_fallback: z.boolean().default(false),
  ignore_merges: z.boolean().default(false),
  // Marks of other families, which no decoder here takes away again.
  end_of_word_suffix: z.literal("").nullish(),
  continuing_subword_prefix: z.literal("").nullish(),
});

const tokenizerJson = z.object({
  added_tokens: z.array(addedToken).default([]),
  normalizer: z.union([normalizers, normalizer]).nullish(),
  pre_tokenizer: preTokenizer,
  // What comes before and after a text is asked of the library.
  post_processor: z.looseObject({ type: z.string() }).nullish(),
  decoder: z
    .union([decoders.transform((sequence) => sequence.decoders), decoder.transform((one) => [one])])
    .nullish()
    .transform((found) => found ?? []),
  model,
});

export type TokenizerJson = z.infer<typeof tokenizerJson>;

const namedToken = z
  .union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)])
  .nullish()
  .transform((found) => found ?? undefined);

const tokenizerConfig = z.object({
  bos_token: namedToken,
  eos_token: namedToken,
  unk_token: namedToken,
  pad_token: namedToken,
  chat_template: z
    .union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))])
    .nullish(),
});

export type TokenizerConfig = z.infer<typeof tokenizerConfig>;

export function readTokenizerJson(directory: string): TokenizerJson {
  return readJson(join(directory, tokenizerFile), tokenizerJson);
}

export function readTokenizerConfig(directory: string): TokenizerConfig {
  return readJson(join(directory, tokenizerConfigFile), tokenizerConfig);
}

function readJson<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  const { data, error } = schema.safeParse(parseJson(file));
  if (error) throw new ModelFileError(file, problemOf(error.issues));
  return data;
}

function parseJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new ModelFileError(file, `cannot be read (${error instanceof Error ? error.message : error})`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ModelFileError(file, "is no JSON");
  }
}

/** The first issue, the deepest one where a union has many. */
function problemOf(issues: readonly z.core.$ZodIssue[], before: readonly PropertyKey[] = []): string {
  const [issue] = issues;
  const path = [...before, ...(issue?.path ?? [])];
  if (issue?.code === "invalid_union" && issue.errors.length > 0) {
    const depth = (arm: readonly z.core.$ZodIssue[]) => arm[0]?.path.length ?? 0;
    const [deepest] = issue.errors.toSorted((a, b) => depth(b) - depth(a));
    if (deepest && deepest.length > 0) return problemOf(deepest, path);
  }
  return `${path.map(String).join(".")}: ${issue?.message}`;
}
