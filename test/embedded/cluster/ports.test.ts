/** Ports against real sockets. */
import { createServer, type Server } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { chooseFreePorts, requireFreePorts } from "../../../embedded/cluster/ports.ts";

const names = [
  "etcdClient",
  "etcdPeer",
  "apiServer",
  "controllerManager",
  "scheduler",
  "kueueHealth",
  "kueueMetrics",
  "kueueWebhook",
];

function occupy(port: number): Promise<Server> {
  const server = createServer();
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
}

test("every part gets a port of its own that is free", async () => {
  const ports = await chooseFreePorts();
  expect(Object.keys(ports)).toEqual(names);
  expect(new Set(Object.values(ports)).size).toBe(names.length);
  await expect(requireFreePorts(ports)).resolves.toBeUndefined();
});

test("ports that another program holds are named, all of them", async () => {
  const ports = await chooseFreePorts();
  await Promise.all([occupy(ports.etcdPeer), occupy(ports.kueueWebhook)]);
  await expect(requireFreePorts(ports)).rejects.toThrow(
    `Other programs listen on ports of this cluster (etcdPeer ${ports.etcdPeer}, kueueWebhook ` +
      `${ports.kueueWebhook}). Stop them, or give the cluster up with \`npm run cluster -- reset\` ` +
      "to choose new ports.",
  );
});
