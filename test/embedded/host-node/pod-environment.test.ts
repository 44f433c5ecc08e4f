/** Environment and command line of a container, as a kubelet resolves them. */
import type { V1Container, V1EnvVar, V1Pod } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import {
  containerCommand,
  containerEnvironment,
  expand,
  fieldValue,
} from "../../../embedded/host-node/pod-environment.ts";
import { httpsServer } from "../../support/https-server.ts";

const pod: V1Pod = {
  metadata: {
    name: "p-1",
    namespace: "research",
    uid: "u-1",
    labels: { app: "engine", "plinth.dev/team": "research" },
    annotations: { note: "hello" },
  },
  spec: { nodeName: "host", serviceAccountName: "workload", containers: [] },
};

test.each([
  { case: "nothing to replace", text: "plain $HOME", want: "plain $HOME" },
  { case: "a known variable", text: "--port=$(PORT)", want: "--port=8080" },
  { case: "two of them", text: "$(PORT):$(PORT)", want: "8080:8080" },
  { case: "an unknown variable", text: "$(NOBODY)", want: "$(NOBODY)" },
  { case: "an empty variable", text: "<$(EMPTY)>", want: "<>" },
  { case: "an escaped reference", text: "$$(PORT)", want: "$(PORT)" },
  { case: "a lone dollar pair", text: "cost: $$5", want: "cost: $5" },
  { case: "an open reference", text: "$(PORT", want: "$(PORT" },
])("expand: $case", ({ text, want }) => {
  expect(expand(text, { PORT: "8080", EMPTY: "" })).toBe(want);
});

test.each([
  { path: "metadata.name", want: "p-1" },
  { path: "metadata.namespace", want: "research" },
  { path: "metadata.uid", want: "u-1" },
  { path: "spec.nodeName", want: "host" },
  { path: "spec.serviceAccountName", want: "workload" },
  { path: "status.podIP", want: "127.0.0.1" },
  { path: "metadata.labels['plinth.dev/team']", want: "research" },
  { path: "metadata.annotations['note']", want: "hello" },
  { path: "metadata.annotations['missing']", want: "" },
])("field $path", ({ path, want }) => {
  expect(fieldValue(pod, path)).toBe(want);
});

test("a field that the host node does not know is refused by name", () => {
  expect(() => fieldValue(pod, "status.qosClass")).toThrow(
    'the host node does not know the pod field "status.qosClass"',
  );
});

test.each([
  { case: "the image's own", container: {}, want: ["/manager"] },
  {
    case: "the image's own with arguments",
    container: { args: ["-p", "$(PORT)"] },
    want: ["/manager", "-p", "80"],
  },
  { case: "the pod's instead", container: { command: ["sh", "-c"], args: ["x"] }, want: ["sh", "-c", "x"] },
])("command: $case", ({ container, want }) => {
  expect(containerCommand({ name: "c", ...container }, ["/manager"], { PORT: "80" })).toEqual(want);
});

const answers: Record<string, object> = {
  "/api/v1/namespaces/research/configmaps/settings": { data: { level: "debug" } },
  "/api/v1/namespaces/research/secrets/keys": { data: { token: Buffer.from("s3cret").toString("base64") } },
};

async function environmentOf(env: V1EnvVar[]) {
  const { api } = await httpsServer(({ url }, response) => {
    const status = url in answers ? 200 : 404;
    response.writeHead(status).end(JSON.stringify(answers[url] ?? { message: `${url} not found` }));
  });
  const container: V1Container = { name: "c", env };
  return containerEnvironment(api, pod, container, { host: "127.0.0.1", port: 40003 });
}

const base = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOSTNAME: "p-1",
  KUBERNETES_SERVICE_HOST: "127.0.0.1",
  KUBERNETES_SERVICE_PORT: "40003",
  KUBERNETES_SERVICE_PORT_HTTPS: "40003",
};

test("a container finds the API server and nothing of the machine's own environment", async () => {
  expect(await environmentOf([])).toEqual(base);
});

test("variables come from text, fields, ConfigMaps and Secrets, in their order", async () => {
  const environment = await environmentOf([
    { name: "EARLY", value: "$(LATE)" },
    { name: "LATE", value: "l" },
    { name: "NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
    { name: "WHERE", value: "$(NAMESPACE)/$(HOSTNAME)" },
    { name: "LEVEL", valueFrom: { configMapKeyRef: { name: "settings", key: "level" } } },
    { name: "TOKEN", valueFrom: { secretKeyRef: { name: "keys", key: "token" } } },
    { name: "BARE" },
  ]);
  expect(environment).toEqual({
    ...base,
    EARLY: "$(LATE)",
    LATE: "l",
    NAMESPACE: "research",
    WHERE: "research/p-1",
    LEVEL: "debug",
    TOKEN: "s3cret",
    BARE: "",
  });
});

test.each([
  {
    case: "a ConfigMap that is not there",
    env: { name: "A", valueFrom: { configMapKeyRef: { name: "gone", key: "a" } } },
    want: "/api/v1/namespaces/research/configmaps/gone not found",
  },
  {
    case: "a ConfigMap without the key",
    env: { name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a" } } },
    want: 'configmap "settings" has no key "a", which the variable A wants',
  },
  {
    case: "a Secret without the key",
    env: { name: "A", valueFrom: { secretKeyRef: { name: "keys", key: "a" } } },
    want: 'secret "keys" has no key "a", which the variable A wants',
  },
  {
    case: "a source that the host node does not have",
    env: { name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
    want: "the host node does not know the source of the variable A",
  },
])("refused: $case", async ({ env, want }) => {
  await expect(environmentOf([env])).rejects.toThrow(want);
});

test.each([
  { case: "object", name: "gone", key: "a" },
  { case: "key", name: "settings", key: "a" },
])("a variable may want a $case that is not there, if it says so", async ({ name, key }) => {
  const valueFrom = { configMapKeyRef: { name, key, optional: true } };
  expect(await environmentOf([{ name: "A", valueFrom }])).toEqual(base);
});
