/** Plain functions behind real gRPC calls. */
import { once } from "node:events";
import { promisify } from "node:util";
import { Client, credentials, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { streaming, unary } from "../../../embedded/language-host/handlers.ts";

const serialize = (value: string) => Buffer.from(value);
const deserialize = (bytes: Buffer) => bytes.toString();
const method = (path: string, responseStream: boolean) => ({
  path,
  requestStream: false,
  responseStream,
  requestSerialize: serialize,
  requestDeserialize: deserialize,
  responseSerialize: serialize,
  responseDeserialize: deserialize,
});
const service = { one: method("/test/one", false), many: method("/test/many", true) };

let server: Server;
let client: Client;
let gaveUp: Promise<unknown>;
beforeEach(async () => {
  server = new Server();
  let noteGivenUp: (value?: unknown) => void;
  gaveUp = new Promise((resolve) => {
    noteGivenUp = resolve;
  });
  server.addService(service, {
    one: unary(async (request: string, gone) => {
      if (request === "wait") await once(gone, "abort").then(noteGivenUp);
      if (request === "fail") throw new Error("no such luck");
      return `${request}!`;
    }),
    many: streaming(async (request: string, _gone, send: (response: string) => void) => {
      for (const letter of request) send(letter);
      if (request === "fail") throw new Error("no such luck");
    }),
  });
  const bind = promisify(server.bindAsync.bind(server));
  const port = await bind("127.0.0.1:0", ServerCredentials.createInsecure());
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
});
afterEach(() => {
  client.close();
  server.forceShutdown();
});

function one(request: string, timeoutMilliseconds = 5000) {
  const options = { deadline: Date.now() + timeoutMilliseconds };
  return new Promise<string | undefined>((resolve, reject) => {
    client.makeUnaryRequest("/test/one", serialize, deserialize, request, options, (error, response) =>
      error ? reject(error) : resolve(response),
    );
  });
}

function many(request: string): Promise<string[]> {
  return client.makeServerStreamRequest("/test/many", serialize, deserialize, request).toArray();
}

test("a returned value is the response", async () => {
  expect(await one("yes")).toBe("yes!");
});

test("what is sent arrives in order, then the stream ends", async () => {
  expect(await many("abc")).toEqual(["a", "b", "c"]);
});

test.each([{ call: one }, { call: many }])(
  "$call.name: an error reaches the caller with its message",
  async ({ call }) => {
    await expect(call("fail")).rejects.toMatchObject({ code: status.UNKNOWN, details: "no such luck" });
  },
);

test("a caller that gives up is noticed", async () => {
  await expect(one("wait", 100)).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
  await gaveUp;
});
