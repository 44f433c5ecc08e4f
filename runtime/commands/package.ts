/** `runtime package`: the runtime as an npm package, staged for `npm pack`. */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { writeNpmPackage } from "../npm/npm-package.ts";
import { SettingsError } from "../settings.ts";

const flags = { to: { type: "string" }, prebuilds: { type: "string" } } as const;

export async function npmPackage(args: readonly string[]): Promise<number> {
  const { to, prebuilds } = parseArgs({ args: [...args], options: flags }).values;
  if (to === undefined) throw new SettingsError("--to: the directory of the package is wanted");
  if (existsSync(to)) throw new SettingsError(`--to: ${to} is there already; name a directory that is not`);
  const written = await writeNpmPackage({ directory: to, ...(prebuilds !== undefined && { prebuilds }) });
  if (written.prebuilt === null) {
    process.stderr.write(
      "No kernels of these sources were prebuilt: wherever the package is installed, g++ builds them.\n",
    );
  }
  process.stdout.write(`${JSON.stringify({ directory: to, ...written })}\n`);
  return 0;
}
