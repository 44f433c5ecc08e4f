/** Reads what the memory of a model follows from out of its config.json, as Hugging Face keeps it. */
import type { z } from "zod";
import type { ModelArchitecture, WeightDtype } from "../../catalogue/model-architecture.ts";
import type { Path, Problem } from "../problem.ts";
import { families, wrappers } from "./config-families.ts";
import { type ConfigFields, configFields, configFrame } from "./config-fields.ts";
import { ConfigReader } from "./config-reader.ts";
import { readQuantization } from "./quantization-config.ts";

export interface ModelConfigRead {
  /** Undefined where there are problems. */
  readonly model?: ModelArchitecture;
  readonly problems: readonly Problem[];
}

const dtypes: Readonly<Record<string, WeightDtype>> = { bfloat16: "bf16", float16: "fp16", float32: "fp32" };

/** A context that is not said anywhere is taken to be this short. */
const leastContext = 2048;

/** A model as its file describes it, or everything that is wrong with the file. */
export function readModelConfig(input: unknown, path: Path): ModelConfigRead {
  const frame = configFrame.safeParse(input);
  if (!frame.success) return { problems: problemsOf(frame.error, path) };
  const { quantization_config } = frame.data;
  const quantized = quantization_config
    ? readQuantization(quantization_config, [...path, "quantization_config"])
    : { problems: [] };
  const text = languagePart(input as Record<string, unknown>, frame.data, path);
  const named = nameProblems(text.fields, text.path);
  if (named.length > 0) return { problems: [...named, ...quantized.problems] };
  const parsed = configFields.safeParse(text.fields);
  if (!parsed.success) return { problems: [...problemsOf(parsed.error, text.path), ...quantized.problems] };
  const reader = new ConfigReader(parsed.data, text.path);
  const model = architectureOf(reader);
  const problems = [...reader.problems, ...patternProblems(parsed.data, text.path), ...quantized.problems];
  if (problems.length > 0) return { problems };
  return { model: { ...model, quantization: quantized.quantization }, problems: [] };
}

/** Fields of the language model: a part of their own in models that see or hear, with the rest around it. */
function languagePart(root: Record<string, unknown>, frame: z.output<typeof configFrame>, path: Path) {
  const key = frame.text_config ? "text_config" : frame.llm_config ? "llm_config" : undefined;
  const part = key === undefined ? {} : (frame[key] ?? {});
  const outer =
    typeof root.model_type === "string" ? (wrappers[root.model_type] ?? root.model_type) : undefined;
  const type = typeof part.model_type === "string" ? part.model_type : outer;
  const name = type === undefined ? undefined : (wrappers[type] ?? type);
  const defaults = name === undefined ? {} : (families[name]?.defaults ?? {});
  return {
    fields: { ...defaults, ...given(root), ...given(part), model_type: name },
    path: key === undefined ? path : [...path, key],
  };
}

/** Fields that are there; null stands for nothing. */
function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function nameProblems({ model_type: name }: Record<string, unknown>, path: Path): Problem[] {
  if (typeof name === "string" && name in families) return [];
  return [
    {
      path: [...path, "model_type"],
      given: name === undefined ? "nothing" : String(name),
      allowed: Object.keys(families).join(", "),
      remedy: "take a model of one of these architectures, or write its layers as the catalogue does",
    },
  ];
}

function architectureOf(reader: ConfigReader): ModelArchitecture {
  const { config } = reader;
  const family = families[config.model_type];
  const layers = family?.layers(reader) ?? [];
  const last = layers.at(-1);
  const predicted = last ? Array.from({ length: config.num_nextn_predict_layers ?? 0 }, () => last) : [];
  return {
    hiddenSize: config.hidden_size,
    vocabularySize: config.vocab_size,
    maxContext: config.max_position_embeddings ?? leastContext,
    tiedEmbeddings: config.tie_word_embeddings ?? family?.tied ?? false,
    dtype: dtypes[config.dtype ?? config.torch_dtype ?? ""] ?? "bf16",
    layers,
    ...(predicted.length > 0 ? { predictionLayers: predicted } : {}),
  };
}

/** Patterns that do not have one entry for each layer. */
function patternProblems(config: ConfigFields, path: Path): Problem[] {
  const { num_hidden_layers: layers, layer_types, hybrid_override_pattern: pattern } = config;
  const lengths = { layer_types: layer_types?.length, hybrid_override_pattern: pattern?.length };
  const unknown = [...new Set((pattern ?? "").replace(/[M*-]/g, ""))];
  return [
    ...Object.entries(lengths)
      .filter(([, length]) => length !== undefined && length !== layers)
      .map(([field, length]) => ({
        path: [...path, field],
        given: `${length} entries`,
        allowed: `${layers}, one for each of num_hidden_layers`,
        remedy: "correct the pattern or num_hidden_layers",
      })),
    ...unknown.map((letter) => ({
      path: [...path, "hybrid_override_pattern"],
      given: letter,
      allowed: "M, * and -",
      remedy: "take a model without such layers",
    })),
  ];
}

function problemsOf(error: z.ZodError, path: Path): Problem[] {
  return error.issues.map((issue) => ({
    path: [...path, ...issue.path.map((part) => (typeof part === "number" ? part : String(part)))],
    given: "something else, or nothing",
    allowed: issue.message.replace(/^Invalid input: /, ""),
    remedy: "correct the file, or take the one that the model was published with",
  }));
}
