/** The kubelet of the host node: how it registers, keeps alive and follows its pods. */
import { mkdirSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { HostNodeAgent } from "../../../embedded/host-node/agent.ts";
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
      programs: [],
      apiServer: { host: "127.0.0.1", port: 40003 },
      podsDirectory: join(root, "pods"),
      logsDirectory: join(root, "logs"),
    },
    "v1.36.4-plinth",
  );
  onTestFinished(() => agent.stop());
  await agent.start();
  const send = (event: object) => watch?.write(`${JSON.stringify(event)}\n`);
  const asked = (method: string, url: string) =>
    requests.filter((request) => request.method === method && request.url === url);
  const watching = () =>
    eventually(
      async () => watch,
      (response) => response !== undefined,
    );
  return { agent, requests, asked, send, watching };
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
