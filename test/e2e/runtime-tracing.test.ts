/** A collector of traces that is of no use, and the process that tells it of its requests. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { tinyModelDirectory } from "../../runtime/tiny/tiny-directory.ts";
import { ServedRuntime } from "../support/runtime/served-runtime.ts";

/** The exporter itself gives up after ten. */
const patienceSeconds = 6;

/** Takes connections, and never answers. */
async function silentCollector() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on("error", () => undefined).resume()));
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

test("a collector that never answers does not hold up the end", async () => {
  const { endpoint, sockets } = await silentCollector();
  const runtime = await ServedRuntime.serve(await tinyModelDirectory(), {
    server: { tracesEndpoint: endpoint },
  });
  onTestFinished(() => void runtime.stop());
  const response = await fetch(`${runtime.url}/v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "tiny", prompt: "Hello", max_tokens: 4 }),
  });
  expect(response.status).toBe(200);
  await response.text();
  runtime.child.kill("SIGTERM");
  const isLate = sleep(patienceSeconds * 1000, "late", { ref: false });
  expect(await Promise.race([runtime.exited, isLate])).toBe(0);
  expect(sockets).toHaveLength(1);
  expect(JSON.parse(runtime.output)).toMatchObject({ path: "/v1/completions", status: 200 });
});
