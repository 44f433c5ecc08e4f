import { Agent, createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Departure } from "../../../runtime/server/departure.ts";

/** A server whose answers to /slow end when they are told to; its clients keep their connections. */
async function served() {
  const slow: (() => void)[] = [];
  const server = createServer(({ url }, response) => {
    if (url !== "/slow") return void response.end("ok");
    response.write("be");
    slow.push(() => response.end("gun"));
  });
  const departure = new Departure(server);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    agent.destroy();
    server.close();
  });
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  const { port } = server.address() as AddressInfo;
  const ask = (path: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get({ host: "127.0.0.1", port, path, agent }, resolve).on("error", reject);
    });
  return { departure, ask, slow, connections: () => connections };
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks = await answer.setEncoding("utf8").toArray();
  return chunks.join("");
}

test("before it, connections are kept; after it, each ends with its answer", async () => {
  const { departure, ask, connections } = await served();
  for (let turn = 0; turn < 2; turn += 1) {
    const answer = await ask("/");
    expect([await textOf(answer), answer.headers.connection]).toEqual(["ok", "keep-alive"]);
  }
  expect(connections()).toBe(1);
  departure.begin();
  departure.begin();
  for (let turn = 0; turn < 2; turn += 1) {
    const answer = await ask("/");
    expect([await textOf(answer), answer.headers.connection]).toEqual(["ok", "close"]);
  }
  // The first came on the connection that was kept.
  expect(connections()).toBe(2);
});

test("on the connection of an answer that has begun, the next one is the last", async () => {
  const { departure, ask, slow, connections } = await served();
  const answer = await ask("/slow");
  departure.begin();
  slow[0]?.();
  expect(await textOf(answer)).toBe("begun");
  const next = await ask("/");
  expect([await textOf(next), next.headers.connection, connections()]).toEqual(["ok", "close", 1]);
});

test("once nobody is served, the connection of an answer that has begun ends with it", async () => {
  const { departure, ask, slow, connections } = await served();
  const answer = await ask("/slow");
  expect(answer.headers.connection).toBe("keep-alive");
  departure.end();
  const closed = new Promise((resolve) => answer.socket.once("close", resolve));
  slow[0]?.();
  expect(await textOf(answer)).toBe("begun");
  await closed;
  await textOf(await ask("/"));
  expect(connections()).toBe(2);
});
