/** The node-health controller as the program of a pod: told by its environment, allowed by its account. */
import { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { NodeHealthController } from "./controller.ts";
import { nodeHealthSettings } from "./settings.ts";

const log = (message: string) => process.stderr.write(`${new Date().toISOString()} ${message}\n`);
const settings = nodeHealthSettings.parse(JSON.parse(process.env.NODE_HEALTH_SETTINGS ?? "{}"));
const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopping.abort());

log(`watching, with ${JSON.stringify(settings)}`);
await new NodeHealthController(KubeApi.inCluster(), settings, log).run(stopping.signal);
process.exit(0);
