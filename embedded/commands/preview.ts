/** `preview`: what `up` would change, checked by the API server and by the policies. */
import { Platform } from "../platform.ts";
import type { Command } from "./command.ts";

export const preview: Command = async ({ stack, stackFile, json }) => {
  const platform = new Platform();
  await platform.startCluster({ stack, stackFile });
  const flags = json ? ["--json"] : [];
  const code = await platform.pulumi({ command: "preview", stack, stackFile, output: "stdout", flags });
  return code === 0 ? 0 : 1;
};
