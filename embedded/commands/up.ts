/** `up`: toolchain, cluster, stack, and then what runs and what waits. */
import { setTimeout as sleep } from "node:timers/promises";
import { KubeApi } from "../cluster/kube-api.ts";
import { Platform } from "../platform.ts";
import { failedPrograms, renderFailedPrograms } from "../status/failed-programs.ts";
import { type PlatformStatus, readPlatformStatus } from "../status/platform-status.ts";
import { renderStatus } from "../status/status-table.ts";
import type { Command } from "./command.ts";
import { writeJson } from "./command.ts";

const settleTimeoutMs = 30_000;

export const up: Command = async ({ stack, stackFile, json }) => {
  const platform = new Platform();
  await platform.startCluster({ stack, stackFile });
  const code = await platform.pulumi({ command: "up", stack, stackFile, output: json ? "stderr" : "stdout" });
  const api = KubeApi.fromKubeconfig(platform.state.kubeconfig);
  if (code !== 0) {
    // A cluster that does not answer either has been told of already.
    const failed = await failedPrograms(api, platform.state.path("logs")).catch(() => []);
    process.stderr.write(renderFailedPrograms(failed));
    return 1;
  }
  const status = await settledStatus(api);
  if (json) writeJson(status);
  else process.stdout.write(`\n${renderStatus(status)}\n`);
  return 0;
};

/** The status once every workload was looked at and the pods of those that were admitted are ready. */
async function settledStatus(api: KubeApi): Promise<PlatformStatus> {
  const deadline = Date.now() + settleTimeoutMs;
  for (;;) {
    const status = await readPlatformStatus(api);
    const isSettled = status.workloads.every(
      ({ state, reason }) => state !== "Admitted" && !/^(Kueue|Volcano) has not/.test(reason),
    );
    if (isSettled || Date.now() > deadline) return status;
    await sleep(250);
  }
}
