/** `status`: pools, queues, teams, workloads and why each waits. */
import { clusterStatus } from "../cluster/embedded-cluster.ts";
import { KubeApi } from "../cluster/kube-api.ts";
import { Platform } from "../platform.ts";
import { readPlatformStatus } from "../status/platform-status.ts";
import { renderStatus } from "../status/status-table.ts";
import type { Command } from "./command.ts";
import { writeJson } from "./command.ts";

export const status: Command = async ({ json }) => {
  const { state } = new Platform();
  const cluster = await clusterStatus(state);
  if (cluster?.phase !== "running") {
    process.stderr.write("No embedded cluster runs on this machine; start one with `npm run up`.\n");
    return 3;
  }
  const platform = await readPlatformStatus(KubeApi.fromKubeconfig(state.kubeconfig));
  if (json) writeJson(platform);
  else process.stdout.write(`${renderStatus(platform)}\n`);
  return 0;
};
