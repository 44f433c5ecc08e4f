/** Ports against real sockets. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import {
  chooseControllerPorts,
  chooseFreePorts,
  portsOf,
  requireFreePorts,
} from "../../../embedded/cluster/ports.ts";

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
  expect(portsOf({ ports, controllers: { jobset } })).toEqual([
    ...Object.values(ports),
    ...Object.values(jobset),
  ]);
  await expect(requireFreePorts({ ports, controllers: { jobset } })).resolves.toBeUndefined();
});

test("no port is one that the kernel gives to connections and servers that let it choose", async () => {
  const kernels = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8");
  const choices = await Promise.all(Array.from({ length: 20 }, () => chooseFreePorts()));
  const highest = Math.max(...choices.flatMap((ports) => Object.values(ports)));
  expect(highest).toBeLessThan(Number(kernels.split(/\s+/)[0]));
});

test("of a range only what is free and not another's is taken, and too few are an error", async () => {
  const first = (await chooseFreePorts()).etcdClient;
  const range = { first, last: first + 4 };
  const held = await Promise.all([first + 1, first + 3].map(occupy));
  expect(held.every(({ listening }) => listening)).toBe(true);
  const free = [first, first + 2, first + 4];
  const chosen = await chooseControllerPorts({ range });
  expect(Object.values(chosen).sort()).toEqual(free);
  await expect(chooseControllerPorts({ range, except: [first] })).rejects.toThrow(
    `The cluster needs 3 free ports between ${first} and ${first + 4}, and 2 were found in 1000 tries. ` +
      "Stop programs that listen there.",
  );
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
