/** A stack's checkpoint as the file backend keeps it: one JSON file, compressed or not. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, zstdDecompressSync } from "node:zlib";

/** A user's own setting may have chosen another form than ours, and a form is kept until the next update. */
const forms = [
  { extension: ".json.zst", unpack: zstdDecompressSync },
  { extension: ".json.gz", unpack: gunzipSync },
  { extension: ".json", unpack: (content: Buffer) => content },
] as const;

/** Whether the folder holds a checkpoint of the stack. */
export function hasStackState(folder: string, stack: string): boolean {
  return formOf(folder, stack) !== undefined;
}

/** The checkpoint's text; undefined where there is none, or it is damaged, of which the engine tells. */
export function readStackState(folder: string, stack: string): string | undefined {
  const form = formOf(folder, stack);
  if (!form) return undefined;
  const content = readFileSync(join(folder, stack + form.extension));
  try {
    return form.unpack(content).toString("utf8");
  } catch {
    return undefined;
  }
}

function formOf(folder: string, stack: string) {
  return forms.find(({ extension }) => existsSync(join(folder, stack + extension)));
}
