/** Free loopback ports, chosen once per installation and kept, so that kubeconfigs stay valid. */
import { createServer } from "node:net";
import { type InstallationRecord, type PortName, StateDirectoryError } from "./state-directory.ts";

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

/** A set of different ports that were free when asked. */
export async function chooseFreePorts(): Promise<Ports> {
  // All are held open until the last is known, or the kernel could hand out one of them twice.
  const servers = await Promise.all(portNames.map(() => listen(0)));
  const entries = portNames.map((name, index) => [name, portOf(servers[index])]);
  await Promise.all(servers.map(close));
  return Object.fromEntries(entries);
}

/** Refuses to start on ports that another program holds, and names them. */
export async function requireFreePorts(ports: Ports): Promise<void> {
  const taken: string[] = [];
  for (const name of portNames) {
    const server = await listen(ports[name]).catch(() => undefined);
    if (server) await close(server);
    else taken.push(`${name} ${ports[name]}`);
  }
  if (taken.length === 0) return;
  throw new StateDirectoryError(
    `Other programs listen on ports of this cluster (${taken.join(", ")}). ` +
      "Stop them, or give the cluster up with `npm run cluster -- reset` to choose new ports.",
  );
}

type Server = ReturnType<typeof createServer>;

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

function portOf(server: Server | undefined): number {
  const address = server?.address();
  if (!address || typeof address === "string") throw new Error("a listening server has no port");
  return address.port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
