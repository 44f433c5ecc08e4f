/** Finds the files of @pulumi/pulumi that run programs, plugins and policy packs. */
import { createRequire } from "node:module";
import { join } from "node:path";

export type EntryPoint = "run" | "run-plugin" | "run-policy-pack";

/** Looks from the program's own directory, so that a program runs with the SDK it was written for. */
export function entryPointPath(directory: string, entryPoint: EntryPoint): string {
  try {
    return createRequire(join(directory, "/")).resolve(`@pulumi/pulumi/cmd/${entryPoint}`);
  } catch {
    throw new Error(`@pulumi/pulumi is not installed for ${directory}: run \`npm ci\` there and try again.`);
  }
}
