/** `down`: destroys the stack and stops the cluster. */
import { stopCluster } from "../cluster/embedded-cluster.ts";
import { Platform } from "../platform.ts";
import type { Command } from "./command.ts";
import { writeJson } from "./command.ts";

export const down: Command = async ({ stack, stackFile, json, keepCluster }) => {
  const platform = new Platform();
  const hasStack = platform.hasStack(stack);
  if (hasStack) {
    await platform.startCluster({ stack, stackFile });
    const code = await platform.pulumi({
      command: "destroy",
      stack,
      stackFile,
      output: json ? "stderr" : "stdout",
    });
    if (code !== 0) return 1;
  }
  const stopped = keepCluster ? false : await stopCluster(platform.state);
  if (json) writeJson({ destroyed: hasStack, clusterStopped: stopped });
  return 0;
};
