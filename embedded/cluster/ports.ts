/** Free loopback ports, chosen once per installation and kept, so that kubeconfigs stay valid. */
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { claimPorts } from "./port-claims.ts";
import {
  type ControllerPorts,
  type InstallationRecord,
  type PortName,
  StateDirectoryError,
} from "./state-directory.ts";

type Ports = InstallationRecord["ports"];

const portNames: readonly PortName[] = [
  "etcdClient",
  "etcdPeer",
  "apiServer",
  "controllerManager",
  "scheduler",
  "kueueHealth",
  "kueueMetrics",
  "kueueWebhook",
];

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** A set of different ports, for the installation of this state directory, that were free when asked. */
export async function chooseFreePorts(owner: string, range?: PortRange): Promise<Ports> {
  return (await freePorts(portNames, owner, range)) as Ports;
}

/** The same for one controller on the host node. */
export async function chooseControllerPorts(owner: string, range?: PortRange): Promise<ControllerPorts> {
  return (await freePorts(["health", "metrics", "webhook"], owner, range)) as ControllerPorts;
}

const triesMax = 1000;

function freePorts(names: readonly string[], owner: string, range = quietRange()) {
  return claimPorts(owner, async (taken) => {
    const asked = new Set(taken);
    const missing = [...names];
    const found: Record<string, number> = {};
    for (let tries = 0; tries < triesMax; tries += 1) {
      const [name] = missing;
      if (name === undefined) return found;
      const port = randomInt(range.first, range.last + 1);
      if (asked.has(port)) continue;
      asked.add(port);
      if (!(await isFree(port))) continue;
      found[name] = port;
      missing.shift();
    }
    throw new StateDirectoryError(
      `The cluster needs ${names.length} free ports between ${range.first} and ${range.last}, and ` +
        `${names.length - missing.length} were found in ${triesMax} tries. Stop programs that listen there.`,
    );
  });
}

/** From above what services of a machine commonly use to below the node ports of a Kubernetes. */
const usualRange: PortRange = { first: 13_000, last: 29_999 };
const portsAtLeast = 1000;

/**
 * Programs start long after their ports were chosen. Until then whatever lets the kernel choose one, as each
 * outgoing connection and Pulumi's own servers do, could get the same, and keep it for a whole update.
 */
function quietRange(): PortRange {
  const kernels = "/proc/sys/net/ipv4/ip_local_port_range";
  const firstOfKernel = Number(readFileSync(kernels, "utf8").split(/\s+/)[0]);
  const last = Math.min(usualRange.last, firstOfKernel - 1);
  // On a machine whose kernel hands out nearly all there are, nothing better than the usual is left.
  return last - usualRange.first < portsAtLeast ? usualRange : { ...usualRange, last };
}

/** Refuses to start on ports that another program holds, and names them. */
export async function requireFreePorts({
  ports,
  controllers,
}: Pick<InstallationRecord, "ports" | "controllers">): Promise<void> {
  const all = [
    ...Object.entries(ports),
    ...Object.entries(controllers).flatMap(([controller, own]) =>
      Object.entries(own).map(([name, port]) => [`${controller} ${name}`, port] as const),
    ),
  ];
  const taken: string[] = [];
  for (const [name, port] of all) {
    if (!(await isFree(port))) taken.push(`${name} ${port}`);
  }
  if (taken.length === 0) return;
  throw new StateDirectoryError(
    `Other programs listen on ports of this cluster (${taken.join(", ")}). ` +
      "Stop them, or give the cluster up with `npm run cluster -- reset` to choose new ports.",
  );
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
