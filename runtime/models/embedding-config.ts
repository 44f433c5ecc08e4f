/**
 * How a model's hidden states become an embedding, as the files beside its weights tell: modules.json and the
 * config of its pooling module, in the shapes of sentence-transformers; and in config.json whether an
 * embedding may be cut short. Without modules.json it is the last token's state, normalised.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ModelFileError } from "./model-file-error.ts";

export interface EmbeddingConfig {
  readonly pooling: "last" | "mean";
  /** It is divided by its length. */
  readonly isNormalized: boolean;
  /**
   * Numbers of values to which it may be cut (Matryoshka); "any" down to one, or "all" of them alone. The
   * fields are those that vLLM reads (vllm-project/vllm, vllm/config/model.py; 2026-08).
   */
  readonly dimensions: "all" | "any" | readonly number[];
}

const configFile = z.looseObject({
  is_matryoshka: z.boolean().nullish(),
  matryoshka_dimensions: z.array(z.int().min(1)).min(1).max(4096).nullish(),
});

const modulesFile = z.array(z.looseObject({ type: z.string(), path: z.string().max(256) })).max(32);

const poolingFile = z.looseObject({ pooling_mode: z.string().optional() });

const usual = { pooling: "last", isNormalized: true } as const;

/** Throws a ModelFileError for a way that is not known here: another one would give other embeddings. */
export function readEmbeddingConfig(directory: string): EmbeddingConfig {
  const { is_matryoshka, matryoshka_dimensions } = readFile(join(directory, "config.json"), configFile);
  const dimensions = matryoshka_dimensions ?? (is_matryoshka === true ? "any" : "all");
  const modules = join(directory, "modules.json");
  return existsSync(modules) ? { ...ofModules(directory, modules), dimensions } : { ...usual, dimensions };
}

/** Those that tell it beside config.json, by their paths from the directory. */
export function embeddingFiles(directory: string): readonly string[] {
  const file = join(directory, "modules.json");
  if (!existsSync(file)) return [];
  // The model's own module is at the directory itself.
  const folders = readFile(file, modulesFile).flatMap(({ path }) => (path === "" ? [] : [path]));
  return ["modules.json", ...folders.map((path) => `${folderOf(file, path)}/config.json`)];
}

/** What follows the model itself: one pooling, and whether its result is normalised. */
function ofModules(directory: string, file: string): Pick<EmbeddingConfig, "pooling" | "isNormalized"> {
  const [transformer, pooling, ...rest] = readFile(file, modulesFile).map(({ type, path }) => ({
    kind: type.split(".").at(-1) ?? "",
    path,
  }));
  const kinds = [transformer, pooling, ...rest].map((module) => module?.kind ?? "nothing");
  const isKnown = ["Transformer Pooling", "Transformer Pooling Normalize"].includes(kinds.join(" "));
  if (!isKnown || !pooling) {
    const told = kinds.join(", ");
    throw new ModelFileError(file, `${told} is not supported; these are: Transformer, Pooling[, Normalize]`);
  }
  const config = join(directory, folderOf(file, pooling.path), "config.json");
  return { pooling: poolingOf(config), isNormalized: rest.length > 0 };
}

/** One inside the directory. */
function folderOf(file: string, path: string): string {
  if (!/^\w[\w.-]*$/.test(path)) throw new ModelFileError(file, `"path": ${path} is no folder`);
  return path;
}

const modes: Readonly<Record<string, EmbeddingConfig["pooling"]>> = {
  pooling_mode_lasttoken: "last",
  lasttoken: "last",
  pooling_mode_mean_tokens: "mean",
  mean: "mean",
};

/** Newer files name the mode; older ones have a switch for each. */
function poolingOf(file: string): EmbeddingConfig["pooling"] {
  const { pooling_mode, ...switches } = readFile(file, poolingFile);
  const isOn = ([name, value]: [string, unknown]) => name.startsWith("pooling_mode_") && value === true;
  const on = pooling_mode === undefined ? Object.entries(switches).filter(isOn) : [[pooling_mode]];
  const told = on.map(([name]) => String(name));
  const mode = told.length === 1 ? modes[told[0] ?? ""] : undefined;
  if (mode) return mode;
  const problem = `pooling by ${told.join(" and ") || "nothing"} is not supported; these are: `;
  throw new ModelFileError(file, `${problem}lasttoken, mean`);
}

function readFile<S extends z.ZodType>(file: string, schema: S): z.output<S> {
  if (!existsSync(file)) throw new ModelFileError(file, "is not there");
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new ModelFileError(file, "is no JSON");
  }
  const { data, error } = schema.safeParse(raw);
  if (error === undefined) return data;
  const [issue] = error.issues;
  throw new ModelFileError(file, `"${issue?.path.join(".")}": ${issue?.message}`);
}
