/** Text of a model's smaller files: one that is far too large is no such file, and is not read. */
import { readFileSync, statSync } from "node:fs";
import { ModelFileError } from "./model-file-error.ts";

const bytesMost = 4 * 2 ** 20;

/** Throws a ModelFileError for one that is not there, or has more than 4 MiB. */
export function readSmallFile(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) throw new ModelFileError(file, "is no file");
  if (found.size <= bytesMost) return readFileSync(file, "utf8");
  throw new ModelFileError(file, `has ${found.size} bytes, of ${bytesMost} at most`);
}
