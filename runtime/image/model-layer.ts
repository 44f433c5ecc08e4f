/** What an image has of a model: the files that belong to it, wherever links of its directory lead. */
import { existsSync } from "node:fs";
import { basename, join, posix } from "node:path";
import { companionFiles } from "../models/companion-files.ts";
import { readModelConfig } from "../models/model-config.ts";
import { indexFile, readWeights } from "../models/weights.ts";
import type { Entries } from "./layer.ts";

/** Throws a ModelFileError for a model that cannot be served. */
export function modelEntries(directory: string, at: string): Entries {
  const { files } = readWeights(directory, readModelConfig(join(directory, "config.json")));
  const index = [indexFile].filter((name) => existsSync(join(directory, name)));
  const weights = [...index, ...files.map((file) => basename(file))];
  return new Map(
    ["config.json", ...weights, ...companionFiles(directory)].map((name) => {
      // Hugging Face's cache keeps files beside its snapshots, which are links: the image has no such place.
      const source = join(directory, name);
      return [posix.join(at, name), { type: "file", source, isExecutable: false }] as const;
    }),
  );
}
