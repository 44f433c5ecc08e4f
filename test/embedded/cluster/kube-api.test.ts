/** The API client against a small HTTPS server that answers as an API server does. */
import { writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { KubeApi, KubeApiError, type KubeObject } from "../../../embedded/cluster/kube-api.ts";
import { writeKubeconfig } from "../../../embedded/cluster/kubeconfig.ts";
import { httpsServer } from "../../support/https-server.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const json = (response: ServerResponse, body: unknown, status = 200, headers = {}) =>
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

const failure = (status: number, reason: string, message: string) => ({
  kind: "Status",
  code: status,
  reason,
  message,
});

test("each verb sends its method, path, type and body", async () => {
  const { api, requests } = await httpsServer((_, response) => json(response, { items: [{ a: 1 }] }));
  const body = { metadata: { name: "ü" } };
  expect(await api.list("/api/v1/nodes")).toEqual([{ a: 1 }]);
  await api.create("/api/v1/nodes", body);
  await api.apply("/api/v1/nodes/n", body);
  await api.mergePatch("/api/v1/nodes/n/status", body);
  await api.remove("/api/v1/nodes/n");
  const text = '{"metadata":{"name":"ü"}}';
  expect(requests.map(({ connection: _, ...request }) => request)).toEqual([
    { method: "GET", url: "/api/v1/nodes", contentType: undefined, body: "" },
    { method: "POST", url: "/api/v1/nodes", contentType: "application/json", body: text },
    {
      method: "PATCH",
      url: "/api/v1/nodes/n?fieldManager=plinth-supervisor&force=true",
      contentType: "application/apply-patch+yaml",
      body: text,
    },
    {
      method: "PATCH",
      url: "/api/v1/nodes/n/status",
      contentType: "application/merge-patch+json",
      body: text,
    },
    { method: "DELETE", url: "/api/v1/nodes/n", contentType: undefined, body: "" },
  ]);
});

test("in a cluster it shows the token of the moment, to the server that the kubelet names", async () => {
  const server = await httpsServer((_, response) => json(response, {}), { clientCertificates: false });
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "ca.crt"), server.authorityPem);
  writeFileSync(join(directory, "token"), "first\n");
  const environment = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: String(server.port) };
  const api = KubeApi.inCluster(environment, directory);
  await api.get("/api/v1/nodes");
  writeFileSync(join(directory, "token"), "renewed\n");
  await api.get("/api/v1/nodes");
  expect(server.requests.map(({ authorization }) => authorization)).toEqual([
    "Bearer first",
    "Bearer renewed",
  ]);
});

test("a DELETE with a body leaves its connection fit for the next request", async () => {
  const { api, requests } = await httpsServer((_, response) => json(response, {}));
  await api.remove("/api/v1/pods/p", { gracePeriodSeconds: 0, preconditions: { uid: "1" } });
  await api.get("/api/v1/pods");
  expect(requests.map(({ method, url, body, connection }) => [method, url, body, connection])).toEqual([
    ["DELETE", "/api/v1/pods/p", '{"gracePeriodSeconds":0,"preconditions":{"uid":"1"}}', 0],
    ["GET", "/api/v1/pods", "", 0],
  ]);
});

test.each([
  {
    case: "with a Status",
    answer: (response: ServerResponse) =>
      json(response, failure(409, "AlreadyExists", 'nodes "n" already exists'), 409),
    want: { status: 409, reason: "AlreadyExists", message: 'nodes "n" already exists' },
  },
  {
    case: "with plain text",
    answer: (response: ServerResponse) => response.writeHead(503).end("apiserver not ready"),
    want: { status: 503, reason: "", message: "GET /api/v1/nodes: HTTP 503 apiserver not ready" },
  },
])("an error comes with status, reason and the server's words: $case", async ({ answer, want }) => {
  const { api } = await httpsServer((_, response) => answer(response));
  const error = await api.get("/api/v1/nodes").catch((thrown) => thrown);
  expect(error).toBeInstanceOf(KubeApiError);
  expect(error).toMatchObject(want);
});

test("what is gone already counts as removed; any other refusal does not", async () => {
  const { api } = await httpsServer(({ url }, response) =>
    url === "/gone"
      ? json(response, failure(404, "NotFound", "gone"), 404)
      : json(response, failure(403, "Forbidden", "not yours"), 403),
  );
  await expect(api.remove("/gone")).resolves.toBeUndefined();
  await expect(api.remove("/others")).rejects.toThrow("not yours");
});

test("a busy server is asked again when it says, and the body is sent again", async () => {
  let busy = 2;
  const { api, requests } = await httpsServer((_, response) => {
    busy -= 1;
    const refusal = failure(429, "TooManyRequests", "storage is (re)initializing");
    return busy >= 0 ? json(response, refusal, 429, { "retry-after": "0" }) : json(response, { done: true });
  });
  expect(await api.create("/apis/x", { a: 1 })).toEqual({ done: true });
  expect(requests.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}', '{"a":1}']);
});

test("a server that stays busy is given up after ten tries", async () => {
  const refusal = failure(429, "TooManyRequests", "storage is (re)initializing");
  const { api, requests } = await httpsServer((_, response) =>
    json(response, refusal, 429, { "retry-after": "0" }),
  );
  await expect(api.get("/apis/x")).rejects.toThrow("storage is (re)initializing");
  expect(requests).toHaveLength(10);
});

test("a refusal without a time is not tried again, as when a budget forbids an eviction", async () => {
  const refusal = failure(429, "TooManyRequests", "would violate the budget");
  const { api, requests } = await httpsServer((_, response) => json(response, refusal, 429));
  await expect(api.create("/evict", {})).rejects.toThrow("would violate the budget");
  expect(requests).toHaveLength(1);
});

test("a watch that expired lists anew and then follows from the new version", async () => {
  const named = (name: string) => ({ metadata: { name } });
  const lists = [
    { metadata: { resourceVersion: "10" }, items: [named("a")] },
    { metadata: { resourceVersion: "20" }, items: [named("b")] },
  ];
  const watches = [
    { type: "ERROR", object: { code: 410, reason: "Expired" } },
    { type: "MODIFIED", object: named("b") },
  ];
  const { api, requests } = await httpsServer(({ url }, response) => {
    if (!url.includes("watch=1")) return json(response, lists.shift());
    return response.writeHead(200).end(`${JSON.stringify(watches.shift())}\n`);
  });
  const seen: unknown[] = [];
  const stop = new AbortController();
  await api.watch<KubeObject>(
    "/api/v1/pods",
    "fieldSelector=x",
    {
      onList: (objects) => seen.push(objects.map(({ metadata }) => metadata?.name)),
      onEvent: ({ type, object }) => {
        seen.push([type, object.metadata?.name]);
        stop.abort();
      },
    },
    stop.signal,
  );
  expect(seen).toEqual([["a"], ["b"], ["MODIFIED", "b"]]);
  expect(requests.map(({ url }) => url)).toEqual([
    "/api/v1/pods?fieldSelector=x",
    "/api/v1/pods?fieldSelector=x&watch=1&resourceVersion=10&timeoutSeconds=300",
    "/api/v1/pods?fieldSelector=x",
    "/api/v1/pods?fieldSelector=x&watch=1&resourceVersion=20&timeoutSeconds=300",
  ]);
});

test("a watch that is cut goes on after its last event, and lists nothing anew", async () => {
  const event = (name: string, resourceVersion: string) =>
    `${JSON.stringify({ type: "ADDED", object: { metadata: { name, resourceVersion } } })}\n`;
  const watches = [event("a", "11") + event("b", "12"), "", event("c", "13")];
  const { api, requests } = await httpsServer(({ url }, response) => {
    if (!url.includes("watch=1")) return json(response, { metadata: { resourceVersion: "10" }, items: [] });
    return response.writeHead(200).end(watches.shift());
  });
  const stop = new AbortController();
  const seen: (string | undefined)[] = [];
  const onList = vi.fn();
  const onEvent = ({ object }: { object: KubeObject }) => {
    seen.push(object.metadata?.name);
    if (seen.length === 3) stop.abort();
  };
  await api.watch<KubeObject>("/api/v1/pods", "", { onList, onEvent }, stop.signal);
  expect(seen).toEqual(["a", "b", "c"]);
  expect(onList).toHaveBeenCalledTimes(1);
  expect(requests.map(({ url }) => /resourceVersion=\d+/.exec(url)?.[0])).toEqual([
    undefined,
    "resourceVersion=10",
    "resourceVersion=12",
    "resourceVersion=12",
  ]);
});

test("a watch that may not be opened fails instead of asking for ever", async () => {
  const { api } = await httpsServer((_, response) => json(response, failure(403, "Forbidden", "no"), 403));
  const handlers = { onList: vi.fn(), onEvent: vi.fn() };
  await expect(api.watch("/api/v1/pods", "", handlers, new AbortController().signal)).rejects.toThrow("no");
});

test("a client from a kubeconfig trusts that file's authority and no other", async () => {
  const answer = (_: unknown, response: ServerResponse) => void json(response, { kind: "NodeList" });
  const server = await httpsServer(answer);
  const other = await httpsServer(answer);
  const file = `${temporaryDirectory()}/kubeconfig`;
  const request = { server: `https://127.0.0.1:${server.port}`, user: "admin", client: server.client };
  writeKubeconfig(file, { ...request, certificateAuthorityPem: server.authorityPem });
  expect(await KubeApi.fromKubeconfig(file).get("/api/v1/nodes")).toEqual({ kind: "NodeList" });
  writeKubeconfig(file, { ...request, certificateAuthorityPem: other.authorityPem });
  await expect(KubeApi.fromKubeconfig(file).get("/api/v1/nodes")).rejects.toMatchObject({
    code: "SELF_SIGNED_CERT_IN_CHAIN",
  });
});
