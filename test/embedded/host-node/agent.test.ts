/** The kubelet of the host node: how it registers, keeps alive and follows its pods. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { killRecorded } from "../../../embedded/cluster/process-identity.ts";
import { HostNodeAgent } from "../../../embedded/host-node/agent.ts";
import type { HostProgram } from "../../../embedded/host-node/programs.ts";
import { httpsServer, type ReceivedRequest } from "../../support/https-server.ts";
import { eventually } from "../../support/platform.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const pods = "/api/v1/pods?fieldSelector=spec.nodeName%3Dhost";
const lease = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

const pod = (name: string, more: object = {}) => ({
  metadata: { name, namespace: "kueue-system", uid: `uid-${name}`, ...more },
  spec: { nodeName: "host", containers: [{ name: "c", image: "nginx:1" }] },
});

/** Serves these pods to the agent's first list; `answers` wins over that, by method and URL. */
async function agentWith(
  items: object[],
  answers: Record<string, (request: ReceivedRequest, response: ServerResponse) => void> = {},
  programs: readonly HostProgram[] = [],
) {
  const root = temporaryDirectory();
  for (const name of ["pods", "logs"]) mkdirSync(join(root, name));
  let watch: ServerResponse | undefined;
  const { api, requests } = await httpsServer((request, response) => {
    const answer = answers[`${request.method} ${request.url}`];
    if (answer) return answer(request, response);
    if (request.url.includes("watch=1")) {
      watch = response;
      response.writeHead(200).flushHeaders();
    } else if (request.url === pods) {
      response.end(JSON.stringify({ metadata: { resourceVersion: "7" }, items }));
    } else response.end("{}");
  });
  const agent = new HostNodeAgent(
    {
      api,
      programs,
      apiServer: { host: "127.0.0.1", port: 40003 },
      podsDirectory: join(root, "pods"),
      logsDirectory: join(root, "logs"),
    },
    "v1.36.4-plinth",
  );
  onTestFinished(() => agent.stop(0));
  await agent.start();
  const send = (event: object) => watch?.write(`${JSON.stringify(event)}\n`);
  const asked = (method: string, url: string) =>
    requests.filter((request) => request.method === method && request.url === url);
  const watching = () =>
    eventually(
      async () => watch,
      (response) => response !== undefined,
    );
  return { agent, root, requests, asked, send, watching };
}

test("registers a tainted node that only asks for pods of its own, and is Ready", async () => {
  const { asked, watching } = await agentWith([]);
  const [node] = asked("POST", "/api/v1/nodes").map(({ body }) => JSON.parse(body));
  expect(node).toEqual({
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: "host",
      labels: {
        "kubernetes.io/hostname": "host",
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "plinth.dev/host": "true",
      },
    },
    spec: { taints: [{ key: "plinth.dev/host", value: "true", effect: "NoSchedule" }] },
  });
  const [report] = asked("PATCH", "/api/v1/nodes/host/status").map(({ body }) => JSON.parse(body).status);
  expect(report.conditions.map(({ type, status }: Record<string, string>) => [type, status])).toEqual([
    ["Ready", "True"],
  ]);
  expect(report.nodeInfo.kubeletVersion).toBe("v1.36.4-plinth");
  expect(report.allocatable).toEqual({ cpu: "8", memory: "16Gi", pods: "64" });
  await watching();
  expect(asked("GET", `${pods}&watch=1&resourceVersion=7&timeoutSeconds=300`)).toHaveLength(1);
});

test("a node that is there already is taken over, a lease that is not is made", async () => {
  const status = (code: number, reason: string) => (_: ReceivedRequest, response: ServerResponse) =>
    void response.writeHead(code).end(JSON.stringify({ reason, message: reason }));
  const { asked } = await agentWith([], {
    "POST /api/v1/nodes": status(409, "AlreadyExists"),
    [`PATCH ${lease}/host`]: status(404, "NotFound"),
  });
  const [made] = asked("POST", lease).map(({ body }) => JSON.parse(body));
  expect(made.metadata).toEqual({ name: "host", namespace: "kube-node-lease" });
  expect(made.spec).toMatchObject({ holderIdentity: "host", leaseDurationSeconds: 40 });
  expect(made.spec.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
});

test("pods of the list and of the watch are taken up once each; ended ones are not", async () => {
  const ended = { ...pod("ended"), status: { phase: "Succeeded" } };
  const { asked, send, watching } = await agentWith([pod("listed"), ended]);
  await watching();
  send({ type: "MODIFIED", object: pod("listed") });
  send({ type: "ADDED", object: pod("watched") });
  const statusPath = (name: string) => `/api/v1/namespaces/kueue-system/pods/${name}/status`;
  await eventually(
    async () => asked("PATCH", statusPath("watched")),
    (reports) => reports.length > 0,
  );
  expect(["listed", "watched", "ended"].map((name) => asked("PATCH", statusPath(name)).length)).toEqual([
    1, 1, 0,
  ]);
});

test("a pod that is to be deleted is stopped and then released, by its own uid", async () => {
  const { asked, send, watching } = await agentWith([pod("p")]);
  await watching();
  const deletionTimestamp = new Date().toISOString();
  send({ type: "MODIFIED", object: pod("p", { deletionTimestamp, deletionGracePeriodSeconds: 1 }) });
  const [release] = await eventually(
    async () => asked("DELETE", "/api/v1/namespaces/kueue-system/pods/p"),
    (releases) => releases.length > 0,
  );
  expect(JSON.parse(release?.body ?? "")).toEqual({ gracePeriodSeconds: 0, preconditions: { uid: "uid-p" } });
});

test("a release that the API server does not take is tried again", async () => {
  const answers = [500, 500, 200];
  const path = "/api/v1/namespaces/kueue-system/pods/p";
  const { asked } = await agentWith([pod("p", { deletionTimestamp: new Date().toISOString() })], {
    [`DELETE ${path}`]: (_, response) => void response.writeHead(answers.shift() ?? 200).end("{}"),
  });
  await eventually(
    async () => asked("DELETE", path),
    (releases) => releases.length === 3,
  );
  expect(answers).toEqual([]);
});

const shellFiles = ["/bin", "/usr", "/lib", "/lib64"].filter((path) => existsSync(path));
const shell: HostProgram = {
  repository: "test/shell",
  files: Object.fromEntries(shellFiles.map((path) => [path, path])),
  entrypoint: ["/bin/sh", "-c"],
};
/** Does not end by itself, and has an hour. */
const deaf = {
  ...pod("deaf"),
  spec: {
    nodeName: "host",
    terminationGracePeriodSeconds: 3600,
    containers: [
      { name: "c", image: "test/shell:1", args: ["trap '' TERM; echo deaf; while :; do sleep 1; done"] },
    ],
  },
};

test.each([
  { case: "that runs", isDeleted: false },
  { case: "that is being ended", isDeleted: true },
])("stopping waits no longer than it is told for a program $case", async ({ isDeleted }) => {
  const { agent, root, send, watching } = await agentWith([deaf], {}, [shell]);
  onTestFinished(() => killRecorded(join(root, "pods", deaf.metadata.uid, "c.json")));
  await watching();
  const log = join(root, "logs", "kueue-system_deaf_c.log");
  await eventually(
    async () => existsSync(log) && readFileSync(log, "utf8"),
    (said) => said === "deaf\n",
  );
  const deletionTimestamp = new Date().toISOString();
  const metadata = { ...deaf.metadata, deletionTimestamp, deletionGracePeriodSeconds: 3600 };
  if (isDeleted) {
    send({ type: "MODIFIED", object: { ...deaf, metadata } });
    await eventually(
      async () => agent.serving,
      (serving) => serving.length === 0,
    );
  }
  const from = Date.now();
  await agent.stop(1);
  expect(Date.now() - from).toBeGreaterThan(990);
  expect(Date.now() - from).toBeLessThan(60_000);
});
