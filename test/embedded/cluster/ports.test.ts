/** Ports against real sockets. */
import { readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { chooseControllerPorts, chooseFreePorts, requireFreePorts } from "../../../embedded/cluster/ports.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

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

/** The state directory of an installation, which ends with the test, and its claims with it. */
function owner(): string {
  return temporaryDirectory();
}

/** The first of eight in a row that belong to nobody, where other platforms of this machine leave as many. */
async function freeRow(): Promise<number> {
  const directory = temporaryDirectory();
  const { etcdClient: first } = await chooseFreePorts(directory);
  rmSync(directory, { recursive: true });
  const row = temporaryDirectory();
  const isFree = await chooseFreePorts(row, { first, last: first + names.length - 1 }).then(
    () => true,
    () => false,
  );
  rmSync(row, { recursive: true });
  return isFree ? first : freeRow();
}

function occupy(port: number): Promise<Server> {
  const server = createServer();
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
}

test("every part gets a port of its own that is free", async () => {
  const ports = await chooseFreePorts(owner());
  expect(Object.keys(ports)).toEqual(names);
  expect(new Set(Object.values(ports)).size).toBe(names.length);
  const jobset = await chooseControllerPorts(owner());
  expect(Object.keys(jobset)).toEqual(["health", "metrics", "webhook"]);
  await expect(requireFreePorts({ ports, controllers: { jobset } })).resolves.toBeUndefined();
});

test("no port is one that the kernel gives to connections and servers that let it choose", async () => {
  const kernels = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8");
  const choices = await Promise.all(Array.from({ length: 20 }, () => chooseFreePorts(owner())));
  const highest = Math.max(...choices.flatMap((ports) => Object.values(ports)));
  expect(highest).toBeLessThan(Number(kernels.split(/\s+/)[0]));
});

test("of a range only what is free and not another's is taken, and too few are an error", async () => {
  const first = await freeRow();
  const range = { first, last: first + 4 };
  const held = await Promise.all([first + 1, first + 3].map(occupy));
  expect(held.every(({ listening }) => listening)).toBe(true);
  const free = [first, first + 2, first + 4];
  const chosen = await chooseControllerPorts(owner(), range);
  expect(Object.values(chosen).sort()).toEqual(free);
  // They belong to an installation now, whether anything listens there or not.
  await expect(chooseControllerPorts(owner(), range)).rejects.toThrow(
    `The cluster needs 3 free ports between ${first} and ${first + 4}, and 0 were found in 1000 tries. ` +
      "Stop programs that listen there.",
  );
});

test("ports that another program holds are named, all of them", async () => {
  const ports = await chooseFreePorts(owner());
  const jobset = await chooseControllerPorts(owner());
  await Promise.all([ports.etcdPeer, ports.kueueWebhook, jobset.health].map(occupy));
  await expect(requireFreePorts({ ports, controllers: { jobset } })).rejects.toThrow(
    `Other programs listen on ports of this cluster (etcdPeer ${ports.etcdPeer}, kueueWebhook ` +
      `${ports.kueueWebhook}, jobset health ${jobset.health}). Stop them, or give the cluster up with ` +
      "`npm run cluster -- reset` to choose new ports.",
  );
});
