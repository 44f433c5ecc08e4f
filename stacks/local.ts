/** The platform on one machine: real control plane and controllers, simulated accelerator nodes. */
import { localCluster, NodePool } from "../components/index.ts";
import { readInstallation } from "../embedded/installation.ts";
import type { LocalStack, StackSecrets } from "./config.ts";
import type { StackOutputs } from "./outputs.ts";
import { platform } from "./platform.ts";

export function local(config: LocalStack, secrets: StackSecrets = {}): StackOutputs {
  const installation = readInstallation();
  const { topology, provisioningClasses } = config;
  const cluster = localCluster("local", { installation, topology, provisioningClasses });
  const pools = config.pools.map(({ name, ...pool }) => new NodePool(name, { cluster, ...pool }));
  return platform(cluster, pools, config, secrets);
}
