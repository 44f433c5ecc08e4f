/** `runtime prebuild`: the kernels, built once for all machines of this platform. */
import { parseArgs } from "node:util";
import { prebuildNative, projectPrebuilds } from "../device/native-build.ts";

export async function prebuild(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { to: { type: "string" } } });
  process.stdout.write(`${await prebuildNative(values.to ?? projectPrebuilds)}\n`);
  return 0;
}
