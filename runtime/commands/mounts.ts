/** `runtime mounts`: what an image with the tiny model holds, as files of this machine to mount. */
import { buildNative } from "../device/native-build.ts";
import { mountedFiles } from "../image/mounted-files.ts";
import { tinyModelDirectory } from "../tiny/tiny-directory.ts";

export async function mounts(): Promise<number> {
  const files = await mountedFiles(await buildNative(), await tinyModelDirectory());
  process.stdout.write(`${JSON.stringify(files)}\n`);
  return 0;
}
