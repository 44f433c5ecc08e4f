import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { LoadingServer } from "../../../runtime/server/loading-server.ts";
import { freePort } from "../../support/free-port.ts";
import { rawAnswer } from "../../support/runtime/served.ts";

const limits = { receiveSeconds: 1, connections: 16 };

async function loading() {
  const port = await freePort();
  const server = await LoadingServer.listen("127.0.0.1", port, limits);
  onTestFinished(() => server.close());
  return { server, port, url: `http://127.0.0.1:${port}` };
}

const starting = { status: "starting" };

test.each([
  { path: "/health/live", want: [200, null, { status: "live" }] },
  { path: "/v2/health/live/", want: [200, null, { status: "live" }] },
  { path: "/health/live?verbose", want: [200, null, { status: "live" }] },
  { path: "/health/ready", want: [503, null, starting] },
  { path: "/ready", want: [503, null, starting] },
  { path: "/v2/health/ready", want: [503, null, starting] },
  { path: "/health", want: [503, null, starting] },
  { path: "/ping", want: [503, null, starting] },
  { path: "/v2/models/tiny/ready", want: [503, "5", { error: "the model is being loaded" }] },
  {
    path: "/v1/models",
    want: [
      503,
      "5",
      {
        error: {
          message: "the model is being loaded",
          type: "overloaded_error",
          param: null,
          code: "not_ready",
        },
      },
    ],
  },
])("$path is answered while a model is loaded", async ({ path, want }) => {
  const { url } = await loading();
  const response = await fetch(url + path);
  const { status, headers } = response;
  expect([status, headers.get("retry-after"), await response.json()]).toEqual(want);
  expect(headers.get("connection")).toBe("close");
});

test("what is asked with a body hears at once, and its connection ends", async () => {
  const { port } = await loading();
  const head = ["POST /v1/chat/completions HTTP/1.1", "host: a", "content-length: 100000", "", ""];
  const answer = await rawAnswer(port, `${head.join("\r\n")}{`);
  expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 503"]);
});

test("what is no HTTP is refused, and whoever says nothing is not waited for", async () => {
  const { server, port } = await loading();
  expect(await rawAnswer(port, "nonsense\r\n\r\n")).toMatch(/^HTTP\/1.1 400 Bad Request/);
  const silent = connect(port, "127.0.0.1");
  onTestFinished(() => void silent.destroy());
  await once(silent, "connect");
  await server.close();
  await server.close();
  const next = await LoadingServer.listen("127.0.0.1", port, limits);
  await next.close();
});

test("a port that is taken is told before anything is loaded", async () => {
  const { port } = await loading();
  await expect(LoadingServer.listen("127.0.0.1", port, limits)).rejects.toThrow("EADDRINUSE");
});
