/** Connections to a Service of the host node, over real sockets of this machine. */
import type { ServerResponse } from "node:http";
import { connect, createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { podAddress, serviceAddress } from "../../../embedded/host-node/pod-address.ts";
import { ServiceProxy, type ServingPod } from "../../../embedded/host-node/service-proxy.ts";
import { httpsServer } from "../../support/https-server.ts";
import { eventually } from "../../support/platform.ts";

const label = "plinth.dev/inference-server";
/** Of this process alone, so that tests beside each other do not meet. */
const clusterIP = `10.97.${Math.floor(process.pid / 256) % 256}.${process.pid % 256}`;
const port = 8300;

/** A program that says who it is, and then whatever it hears. */
async function program(name: string, listenPort: number): Promise<ServingPod> {
  const address = podAddress(`${name}-${process.pid}`);
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.write(`${name}:`);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(listenPort, address, resolve));
  closeLater(server);
  const ports = [{ name: "http", containerPort: listenPort }];
  const metadata = { name, namespace: "home", labels: { [label]: "chat" } };
  return { address, pod: { metadata, spec: { containers: [{ name: "server", ports }] } } };
}

function closeLater(server: Server): void {
  onTestFinished(() => void server.close());
}

const service = (uid: string, targetPort: string | number = "http") => ({
  metadata: { uid, name: "chat", namespace: "home", labels: { [label]: "chat" } },
  spec: { clusterIP, selector: { [label]: "chat" }, ports: [{ name: "http", port, targetPort }] },
});

async function proxyOf(services: object[], serving: () => readonly ServingPod[]) {
  let watch: ServerResponse | undefined;
  const { api, requests } = await httpsServer(({ url }, response) => {
    if (url.includes("watch=1")) {
      watch = response;
      response.writeHead(200).flushHeaders();
    } else response.end(JSON.stringify({ metadata: { resourceVersion: "7" }, items: services }));
  });
  const proxy = new ServiceProxy(api, serving);
  proxy.start();
  onTestFinished(() => proxy.stop());
  await eventually(
    async () => watch,
    (found) => found !== undefined,
  );
  return { requests, send: (event: object) => watch?.write(`${JSON.stringify(event)}\n`), proxy };
}

/** What a client hears that says one word and ends; "" where nobody answers. */
function ask(word: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect({ host: serviceAddress(clusterIP), port }, () => socket.end(word));
    socket.setEncoding("utf8").on("data", (text: string) => {
      heard += text;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(heard));
  });
}

test("takes turns among the pods that serve, and hears only of inference servers' Services", async () => {
  const pods = [await program("a", 8301), await program("b", 8301)];
  const { requests } = await proxyOf([service("u-1")], () => pods);
  const heard = [await ask("x"), await ask("y"), await ask("z")];
  expect(heard.sort()).toEqual(["a:x", "a:z", "b:y"]);
  expect(requests[0]?.url).toBe(`/api/v1/services?labelSelector=${label}`);
});

test("one that is leaving keeps its connections and gets no more", async () => {
  const [old, young] = [await program("old", 8302), await program("young", 8302)];
  let serving = [old];
  await proxyOf([service("u-1")], () => serving);
  const socket = connect({ host: serviceAddress(clusterIP), port });
  let heard = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    heard += text;
  });
  await eventually(
    async () => heard,
    (text) => text === "old:",
  );
  serving = [young];
  expect(await ask("x")).toBe("young:x");
  socket.write("still here");
  await eventually(
    async () => heard,
    (text) => text === "old:still here",
  );
  socket.destroy();
});

test.each([
  { case: "nobody serves", pods: 0, change: {} },
  { case: "pods of another namespace", pods: 1, change: { namespace: "elsewhere" } },
  { case: "pods of another server", pods: 1, change: { labels: { [label]: "other" } } },
])("connections end at once: $case", async ({ pods, change }) => {
  const found = await program("a", 8303);
  const other = { ...found, pod: { ...found.pod, metadata: { ...found.pod.metadata, ...change } } };
  await proxyOf([service("u-1")], () => [other].slice(0, pods));
  expect(await ask("x")).toBe("");
});

test("follows Services that come and go; a port that somebody has is tried again", async () => {
  const pods = [await program("a", 8304)];
  const taken = createServer((socket) => socket.resume().end("taken"));
  await new Promise<void>((resolve) => taken.listen(port, serviceAddress(clusterIP), resolve));
  const { send } = await proxyOf([], () => pods);
  send({ type: "ADDED", object: service("u-1", 8304) });
  await sleep(300);
  expect(await ask("x")).toBe("taken");
  await new Promise<void>((resolve) => taken.close(() => resolve()));
  await eventually(
    () => ask("x"),
    (heard) => heard === "a:x",
  );
  send({ type: "DELETED", object: service("u-1", 8304) });
  await eventually(
    () => ask("x"),
    (heard) => heard === "",
  );
});
