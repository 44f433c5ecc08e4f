/** Free loopback ports, chosen once per installation and kept, so that kubeconfigs stay valid. */
import { createServer } from "node:net";
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

/** A set of different ports that were free when asked. */
export async function chooseFreePorts(): Promise<Ports> {
  return (await freePorts(portNames)) as Ports;
}

/** The same for one controller on the host node. */
export async function chooseControllerPorts(): Promise<ControllerPorts> {
  return (await freePorts(["health", "metrics", "webhook"])) as ControllerPorts;
}

async function freePorts(names: readonly string[]): Promise<Record<string, number>> {
  // All are held open until the last is known, or the kernel could hand out one of them twice.
  const servers = await Promise.all(names.map(() => listen(0)));
  const entries = names.map((name, index) => [name, portOf(servers[index])]);
  await Promise.all(servers.map(close));
  return Object.fromEntries(entries);
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
    const server = await listen(port).catch(() => undefined);
    if (server) await close(server);
    else taken.push(`${name} ${port}`);
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
