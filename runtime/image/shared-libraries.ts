/** What a program of this machine loads before it starts: the libraries that an image has to bring. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Absolute paths, the loader itself among them. */
export async function sharedLibraries(file: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)("ldd", [file]);
  return librariesOf(file, stdout);
}

/** Of what `ldd` tells. */
export function librariesOf(file: string, told: string): readonly string[] {
  const paths = told.split("\n").flatMap((line) => {
    const missing = /^\s*(\S+) => not found/.exec(line)?.[1];
    if (missing !== undefined) throw new Error(`${file} needs ${missing}, which is not on this machine`);
    const path = /(?:=> )?(\/\S+) \(0x[0-9a-f]+\)$/.exec(line)?.[1];
    return path === undefined ? [] : [path];
  });
  return [...new Set(paths)].sort();
}
