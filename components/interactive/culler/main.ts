/** The program that stops idle notebooks; runs in a pod of the platform. */
import { setTimeout as sleep } from "node:timers/promises";
import { Culler } from "./culler.ts";
import { askJupyter } from "./jupyter.ts";
import { inClusterKube } from "./kube.ts";

const account = "/var/run/secrets/kubernetes.io/serviceaccount";
const intervalMs = 30_000;

const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, HTTP_PROXY: proxy } = process.env;

const log = (line: string): void => {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
};
const culler = new Culler({
  kube: inClusterKube(account, `${host}:${port}`),
  ask: (server) => askJupyter(server, proxy),
  now: Date.now,
  log,
});

process.once("SIGTERM", () => process.exit(0));
for (;;) {
  // The API server may be restarting; the next round tries again.
  await culler.round().catch((error: Error) => log(error.message));
  await sleep(intervalMs);
}
