/** Volumes on disk, against a server that gives ConfigMaps, Secrets and tokens. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { V1Pod, V1Volume } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { PodVolumes } from "../../../embedded/host-node/pod-volumes.ts";
import { httpsServer } from "../../support/https-server.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const expires = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

async function volumesOf(...volumes: V1Volume[]) {
  const tokens = ["token-1", "token-2"];
  const answers: Record<string, object> = {
    "configmaps/settings": { data: { a: "1", b: "2" }, binaryData: { c: base64("\u0000") } },
    "secrets/keys": { data: { token: base64("s3cret") } },
  };
  const life = { seconds: 3600 };
  const server = await httpsServer(({ url, method }, response) => {
    const path = url.replace("/api/v1/namespaces/research/", "");
    const token = () => ({ status: { token: tokens.shift(), expirationTimestamp: expires(life.seconds) } });
    const answer = method === "POST" ? token() : answers[path];
    response.writeHead(answer ? 200 : 404).end(JSON.stringify(answer ?? { message: `${path} not found` }));
  });
  const pod: V1Pod = {
    metadata: { name: "p", namespace: "research", uid: "u", labels: { app: "engine" } },
    spec: { containers: [], serviceAccountName: "workload", volumes },
  };
  const pods = new PodVolumes(server.api, pod, temporaryDirectory());
  const read = (volume: string) => {
    const files = readdirSync(pods.directory(volume), { recursive: true, encoding: "utf8" }).sort();
    return Object.fromEntries(
      files
        .filter((file) => statSync(join(pods.directory(volume), file)).isFile())
        .map((file) => [file, readFileSync(join(pods.directory(volume), file), "utf8")]),
    );
  };
  return { pods, read, answers, life, ...server };
}

const rows: { case: string; volume: V1Volume; want: Record<string, string> }[] = [
  {
    case: "a ConfigMap",
    volume: { name: "v", configMap: { name: "settings" } },
    want: { a: "1", b: "2", c: "\u0000" },
  },
  {
    case: "some keys under other names",
    volume: { name: "v", configMap: { name: "settings", items: [{ key: "a", path: "deep/er" }] } },
    want: { "deep/er": "1" },
  },
  { case: "a Secret", volume: { name: "v", secret: { secretName: "keys" } }, want: { token: "s3cret" } },
  {
    case: "an optional ConfigMap that is not there",
    volume: { name: "v", configMap: { name: "gone", optional: true } },
    want: {},
  },
  {
    case: "the pod's own fields",
    volume: {
      name: "v",
      downwardAPI: { items: [{ path: "ns", fieldRef: { fieldPath: "metadata.namespace" } }] },
    },
    want: { ns: "research" },
  },
  { case: "an empty directory", volume: { name: "v", emptyDir: {} }, want: {} },
  {
    case: "several sources in one",
    volume: {
      name: "v",
      projected: {
        sources: [
          { serviceAccountToken: { path: "token" } },
          { configMap: { name: "settings", items: [{ key: "a", path: "a" }] } },
          { secret: { name: "keys", items: [{ key: "token", path: "key" }] } },
          { downwardAPI: { items: [{ path: "app", fieldRef: { fieldPath: "metadata.labels['app']" } }] } },
        ],
      },
    },
    want: { a: "1", app: "engine", key: "s3cret", token: "token-1" },
  },
];

test.each(rows)("$case", async ({ volume, want }) => {
  const { pods, read } = await volumesOf(volume);
  await pods.refresh();
  expect(read("v")).toEqual(want);
});

test.each<{ case: string; volume: V1Volume; want: string }>([
  {
    case: "a ConfigMap that is not there",
    volume: { name: "v", configMap: { name: "gone" } },
    want: "configmaps/gone not found",
  },
  {
    case: "a key that is not there",
    volume: { name: "v", configMap: { name: "settings", items: [{ key: "z", path: "z" }] } },
    want: 'references non-existent key "z"',
  },
  {
    case: "a path that leaves the volume",
    volume: { name: "v", configMap: { name: "settings", items: [{ key: "a", path: "../../a" }] } },
    want: 'volume path "../../a" leaves its volume',
  },
  {
    case: "a directory of the machine",
    volume: { name: "v", hostPath: { path: "/" } },
    want:
      'volume "v" is of a kind that the host node does not offer; ' +
      "use configMap, secret, projected, downwardAPI or emptyDir",
  },
])("refused: $case", async ({ volume, want }) => {
  const { pods } = await volumesOf(volume);
  await expect(pods.refresh()).rejects.toThrow(want);
});

test("a token is asked for as the pod's own, and renewed only towards its end", async () => {
  const token = { audience: "plinth", expirationSeconds: 600, path: "token" };
  const { pods, read, requests, life } = await volumesOf({
    name: "v",
    projected: { sources: [{ serviceAccountToken: token }] },
  });
  life.seconds = 600;
  await pods.refresh();
  await pods.refresh();
  expect(read("v")).toEqual({ token: "token-1" });
  expect(requests.map(({ url, body }) => [url, JSON.parse(body).spec])).toEqual([
    [
      "/api/v1/namespaces/research/serviceaccounts/workload/token",
      {
        audiences: ["plinth"],
        expirationSeconds: 600,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" },
      },
    ],
  ]);
});

test("a token past four fifths of its life is replaced", async () => {
  const { pods, read, life } = await volumesOf({
    name: "v",
    projected: { sources: [{ serviceAccountToken: { path: "token" } }] },
  });
  life.seconds = 0;
  await pods.refresh();
  await pods.refresh();
  expect(read("v")).toEqual({ token: "token-2" });
});

test("a refresh follows the object, and leaves alone what did not change", async () => {
  const { pods, read, answers } = await volumesOf({ name: "v", configMap: { name: "settings" } });
  await pods.refresh();
  const { ino } = statSync(join(pods.directory("v"), "a"));
  answers["configmaps/settings"] = { data: { a: "1", d: "4" } };
  await pods.refresh();
  expect(read("v")).toEqual({ a: "1", d: "4" });
  expect(statSync(join(pods.directory("v"), "a")).ino).toBe(ino);
});

test("an optional volume keeps its content while the API server is away", async () => {
  const { pods, read, close } = await volumesOf({
    name: "v",
    configMap: { name: "settings", optional: true },
  });
  await pods.refresh();
  await close();
  await expect(pods.refresh()).rejects.toThrow(/ECONNREFUSED|socket hang up/);
  expect(read("v")).toEqual({ a: "1", b: "2", c: "\u0000" });
});

test("what a program keeps in an empty directory survives a refresh", async () => {
  const { pods, read } = await volumesOf({ name: "v", emptyDir: {} });
  await pods.refresh();
  writeFileSync(join(pods.directory("v"), "scratch"), "kept");
  await pods.refresh();
  expect(read("v")).toEqual({ scratch: "kept" });
});

test("everything on disk is its owner's alone", async () => {
  const { pods } = await volumesOf({ name: "v", secret: { secretName: "keys" } });
  await pods.refresh();
  expect(statSync(pods.directory("v")).mode & 0o777).toBe(0o700);
  expect(statSync(join(pods.directory("v"), "token")).mode & 0o777).toBe(0o600);
});
