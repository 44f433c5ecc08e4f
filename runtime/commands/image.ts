/** `runtime image`: a container image of the runtime, as an OCI layout. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildNative } from "../device/native-build.ts";
import { writeRuntimeImage } from "../image/runtime-image.ts";
import { SettingsError } from "../settings.ts";
import { textModel } from "../text-model.ts";
import { version } from "../version.ts";

const flags = { to: { type: "string" }, model: { type: "string" }, tag: { type: "string" } } as const;

export async function image(args: readonly string[]): Promise<number> {
  const { to, model, tag = version } = parseArgs({ args: [...args], options: flags }).values;
  if (to === undefined) throw new SettingsError("--to: the directory of the image is wanted");
  if (existsSync(to)) throw new SettingsError(`--to: ${to} is there already; name a directory that is not`);
  // An image with a model that nothing can serve helps nobody.
  if (model !== undefined) textModel(resolve(model));
  const addon = await buildNative();
  const { digest, bytes } = await writeRuntimeImage({ directory: to, tag, addon, ...(model && { model }) });
  process.stdout.write(`${JSON.stringify({ directory: to, tag, digest, layerBytes: bytes })}\n`);
  return 0;
}
