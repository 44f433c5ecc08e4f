/** Ports against real sockets. */
import { createServer, type Server } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { chooseControllerPorts, chooseFreePorts, requireFreePorts } from "../../../embedded/cluster/ports.ts";

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
  const jobset = await chooseControllerPorts();
  expect(Object.keys(jobset)).toEqual(["health", "metrics", "webhook"]);
  await expect(requireFreePorts({ ports, controllers: { jobset } })).resolves.toBeUndefined();
});

test("ports that another program holds are named, all of them", async () => {
  const ports = await chooseFreePorts();
  const jobset = await chooseControllerPorts();
  await Promise.all([ports.etcdPeer, ports.kueueWebhook, jobset.health].map(occupy));
  await expect(requireFreePorts({ ports, controllers: { jobset } })).rejects.toThrow(
    `Other programs listen on ports of this cluster (etcdPeer ${ports.etcdPeer}, kueueWebhook ` +
      `${ports.kueueWebhook}, jobset health ${jobset.health}). Stop them, or give the cluster up with ` +
      "`npm run cluster -- reset` to choose new ports.",
  );
});
