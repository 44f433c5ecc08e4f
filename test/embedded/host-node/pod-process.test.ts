/** What a pod reports to the API server; its programs themselves are seen in test/e2e/host-node.test.ts. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { V1Pod, V1PodCondition, V1PodStatus } from "@kubernetes/client-node";
import { expect, onTestFinished, test } from "vitest";
import { podAddress } from "../../../embedded/host-node/pod-address.ts";
import { PodProcess } from "../../../embedded/host-node/pod-process.ts";
import type { HostProgram } from "../../../embedded/host-node/programs.ts";
import { httpsServer } from "../../support/https-server.ts";
import { eventually } from "../../support/platform.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const shellFiles = ["/bin", "/usr", "/lib", "/lib64"].filter((path) => existsSync(path));

/** `codes`: what the API server answers to the first reports. */
async function podOf(
  spec: Partial<V1Pod["spec"]> & object,
  status: V1PodStatus = {},
  codes: readonly number[] = [],
  program: Partial<HostProgram> = {},
) {
  const root = temporaryDirectory();
  const answers = [...codes];
  const { api, requests } = await httpsServer((_, response) =>
    response.writeHead(answers.shift() ?? 200).end("{}"),
  );
  for (const name of ["pods", "logs"]) mkdirSync(join(root, name));
  const pod: V1Pod = {
    metadata: { name: "p", namespace: "research", uid: "u-1" },
    spec: { containers: [], ...spec },
    status,
  };
  const files = Object.fromEntries(shellFiles.map((path) => [path, path]));
  const running = new PodProcess(pod, {
    api,
    programs: [{ repository: "test/shell", files, entrypoint: ["/bin/sh", "-c"], ...program }],
    apiServer: { host: "127.0.0.1", port: 40003 },
    podsDirectory: join(root, "pods"),
    logsDirectory: join(root, "logs"),
  });
  onTestFinished(() => running.stop(0));
  const reports = () =>
    requests.map(({ url, body }) => ({
      url,
      ...(JSON.parse(body) as { metadata: object; status: V1PodStatus }),
    }));
  return { running, reports, root, pod };
}

const container = (script: string) => ({ name: "main", image: "test/shell:1", args: [script] });
const probed = (probe: object) => ({ ...container("exit 0"), livenessProbe: probe });

test.each([
  {
    case: "an unknown image",
    spec: { containers: [{ name: "main", image: "nginx:1" }] },
    want: "the host node has no program for the image nginx:1; it knows test/shell",
  },
  {
    case: "init containers",
    spec: { containers: [container("exit 0")], initContainers: [container("exit 0")] },
    want: "the host node runs no init containers",
  },
  {
    case: "a probe that runs a command",
    spec: { containers: [probed({ exec: { command: ["true"] } })] },
    want: 'container "main" has a probe that is neither httpGet nor tcpSocket',
  },
])("a pod that the node cannot run fails with the reason: $case", async ({ spec, want }) => {
  const { running, reports } = await podOf(spec);
  await running.start();
  expect(reports()).toEqual([
    {
      url: "/api/v1/namespaces/research/pods/p/status",
      metadata: { uid: "u-1" },
      status: { phase: "Failed", reason: "HostNodeCannotRun", message: want, startTime: expect.any(String) },
    },
  ]);
});

test("a running pod is Ready, and conditions of others are kept", async () => {
  const scheduled = { type: "PodScheduled", status: "True" as const };
  const { running, reports } = await podOf(
    { containers: [container("exec sleep 60")] },
    { conditions: [scheduled] },
  );
  await running.start();
  const last = await eventually(
    async () => reports().at(-1)?.status,
    (status) => status?.phase === "Running",
  );
  expect(last?.hostIP).toBe("127.0.0.1");
  expect(last?.conditions?.map(({ type, status }) => [type, status])).toEqual([
    ["PodScheduled", "True"],
    ["Initialized", "True"],
    ["ContainersReady", "True"],
    ["Ready", "True"],
    ["PodReadyToStartContainers", "True"],
  ]);
  expect(
    last?.containerStatuses?.map(({ name, ready, restartCount }) => [name, ready, restartCount]),
  ).toEqual([["main", true, 0]]);
});

test.each([
  { case: "all succeeded", codes: [0, 0], want: "Succeeded" },
  { case: "one failed", codes: [0, 3], want: "Failed" },
])("a pod that ends: $case", async ({ codes, want }) => {
  const containers = codes.map((code, index) => ({ ...container(`exit ${code}`), name: `c${index}` }));
  const { running, reports } = await podOf({ restartPolicy: "Never", containers });
  await running.start();
  const last = await eventually(
    async () => reports().at(-1)?.status,
    (status) => status?.phase === want,
  );
  expect(last?.containerStatuses?.map(({ state }) => state?.terminated?.exitCode)).toEqual(codes);
});

test("stopping twice is stopping once, and the pod's directory is gone", async () => {
  const { running, root } = await podOf({ containers: [container("exec sleep 60")] });
  await running.start();
  expect(existsSync(join(root, "pods", "u-1"))).toBe(true);
  expect(running.stop(0)).toBe(running.stop(0));
  await running.stop(0);
  expect(existsSync(join(root, "pods", "u-1"))).toBe(false);
});

test("one that is deleted serves nobody new, and has its pause before it is told to end", async () => {
  const lifecycle = { preStop: { sleep: { seconds: 1 } } };
  const { running } = await podOf({ containers: [{ ...container("exec sleep 60"), lifecycle }] });
  await running.start();
  await eventually(
    async () => running.isServing,
    (isServing) => isServing,
  );
  const started = Date.now();
  const ended = running.end(30);
  expect(running.isServing).toBe(false);
  expect(running.end(30)).toBe(ended);
  await ended;
  expect(Date.now() - started).toBeGreaterThanOrEqual(999);
});

test("the pause is no longer than the grace, and there is none for what never answered", async () => {
  const lifecycle = { preStop: { sleep: { seconds: 3600 } } };
  const { running } = await podOf({ containers: [{ ...container("exec sleep 60"), lifecycle }] });
  await running.start();
  await running.end(0);
  const other = await podOf({ containers: [{ ...container("exit 1"), lifecycle }], restartPolicy: "Never" });
  await other.running.start();
  await eventually(
    async () => other.reports().at(-1)?.status.phase,
    (phase) => phase === "Failed",
  );
  await other.running.end(3600);
});

test("a program with an address of its pod is told it; it has its image's variables and files", async () => {
  const root = temporaryDirectory();
  const made = join(root, "made");
  writeFileSync(made, "made before the start");
  const env = [{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }];
  const script = "echo $POD_IP $HOME; cat /made";
  const own = {
    hasOwnAddress: true,
    environment: { HOME: "/tmp" },
    prepare: async () => ({ "/made": made }),
  };
  const pod = await podOf(
    { containers: [{ ...container(script), env }], restartPolicy: "Never" },
    {},
    [],
    own,
  );
  await pod.running.start();
  await eventually(
    async () => pod.reports().at(-1)?.status.phase,
    (phase) => phase === "Succeeded",
  );
  expect(pod.running.address).toBe(podAddress("u-1"));
  const log = readFileSync(join(pod.root, "logs", "research_p_main.log"), "utf8");
  expect(log).toBe(`${podAddress("u-1")} /tmp\nmade before the start`);
});

test("a report that the API server does not take is made again, with what is true by then", async () => {
  const { running, reports } = await podOf({ containers: [container("exec sleep 60")] }, {}, [409, 500, 503]);
  await running.start();
  const taken = await eventually(
    async () => reports(),
    (all) => all.length === 4,
  );
  expect(taken.map(({ status }) => status.phase)).toEqual(["Running", "Running", "Running", "Running"]);
});

test("of a pod that is gone nothing more is reported", async () => {
  const { running, reports } = await podOf({ initContainers: [container("exit 0")] }, {}, [404]);
  await running.start();
  expect(reports()).toHaveLength(1);
  await running.stop(0);
  expect(reports()).toHaveLength(1);
});

test.each([
  { case: "said to be lost is put right", status: "False" as const, want: 1 },
  { case: "said to be ready is left alone", status: "True" as const, want: 0 },
])("a running pod that is $case", async ({ status, want }) => {
  const { running, reports, pod } = await podOf({ containers: [container("exec sleep 60")] });
  await running.start();
  await eventually(
    async () => reports().at(-1)?.status.phase,
    (phase) => phase === "Running",
  );
  const before = reports().length;
  running.observe({ ...pod, status: { conditions: [{ type: "Ready", status }] } });
  // Whatever it has to say is said before it is gone.
  await running.stop(0);
  const said = reports().slice(before);
  expect(said.map(({ status: { conditions } }) => conditions?.at(-2)).filter(isReady)).toHaveLength(want);
});

function isReady(condition: V1PodCondition | undefined) {
  return condition?.type === "Ready" && condition.status === "True";
}
