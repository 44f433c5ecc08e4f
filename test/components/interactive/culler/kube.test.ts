/** How the culler talks to an API server. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inClusterKube } from "../../../../components/interactive/culler/kube.ts";
import { type HttpsServer, httpsServer } from "../../../support/https-server.ts";
import { temporaryDirectory } from "../../../support/temporary-directory.ts";

function makeKube({ port, authorityPem }: HttpsServer, token: string) {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "ca.crt"), authorityPem);
  writeFileSync(join(directory, "token"), `${token}\n`);
  const kube = inClusterKube(directory, `127.0.0.1:${port}`);
  return { kube, renew: (newer: string) => writeFileSync(join(directory, "token"), newer) };
}

test("a merge patch is sent as one, and the answer is read", async () => {
  const server = await httpsServer((_, response) => response.end('{"items":[1]}'), {
    clientCertificates: false,
  });
  const { kube } = makeKube(server, "first");
  expect(await kube.get("/apis")).toEqual({ items: [1] });
  await kube.patch("/apis/one", { spec: { replicas: 0 } });
  expect(
    server.requests.map(({ method, url, contentType, body }) => [method, url, contentType, body]),
  ).toEqual([
    ["GET", "/apis", undefined, ""],
    ["PATCH", "/apis/one", "application/merge-patch+json", '{"spec":{"replicas":0}}'],
  ]);
});

test("the token is read anew each time, for it is renewed", async () => {
  const tokens: (string | undefined)[] = [];
  const server = await httpsServer(
    ({ authorization }, response) => {
      tokens.push(authorization);
      response.end("{}");
    },
    { clientCertificates: false },
  );
  const { kube, renew } = makeKube(server, "first");
  await kube.get("/");
  renew("second");
  await kube.get("/");
  expect(tokens).toEqual(["Bearer first", "Bearer second"]);
});

test("a refusal is an error with the server's words", async () => {
  const server = await httpsServer(
    (_, response) => response.writeHead(409).end('{"message":"the object has been modified"}'),
    { clientCertificates: false },
  );
  const { kube } = makeKube(server, "first");
  await expect(kube.patch("/apis/one", {})).rejects.toThrow(
    "PATCH /apis/one: 409 the object has been modified",
  );
});
