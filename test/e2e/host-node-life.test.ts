/** Pods of the host node as real processes: how they are probed, restarted and stopped. */
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { identify } from "../../embedded/cluster/process-identity.ts";
import type { PodProcess } from "../../embedded/host-node/pod-process.ts";
import { eventually, TestPlatform } from "../support/platform.ts";
import { processTree } from "../support/process-tree.ts";
import { ShellNode, shellContainer } from "../support/shell-node.ts";

let platform: TestPlatform;
let node: ShellNode;
beforeAll(async () => {
  platform = new TestPlatform();
  await platform.must("cluster", "up");
  node = new ShellNode(platform);
  await node.prepare();
});
afterAll(() => platform.remove());

test("a program that ends is started again with back-off, and its last end is told", async () => {
  const containers = [shellContainer("date +%s%N; exit 3")];
  await node.run("restarts", { containers });
  const { status } = await eventually(
    () => node.read("restarts"),
    (pod) => (pod.status?.containerStatuses?.[0]?.restartCount ?? 0) >= 3,
  );
  expect(status?.phase).toBe("Running");
  expect(status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
    exitCode: 3,
    reason: "Error",
  });
  const times = await eventually(
    async () => node.log("restarts").trim().split("\n"),
    (lines) => lines.length >= 4,
  );
  const starts = times.map((line) => Number(line) / 1e6);
  for (const [index, floorMs] of [250, 500, 1000].entries()) {
    expect((starts[index + 1] ?? 0) - (starts[index] ?? 0)).toBeGreaterThanOrEqual(floorMs);
  }
});

test("SIGTERM gives a program its grace period", async () => {
  const running = await node.run("polite", {
    containers: [
      shellContainer('trap "sleep 0.2; echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done'),
    ],
  });
  await eventually(
    async () => node.log("polite"),
    (log) => log === "up\n",
  );
  await running.stop();
  expect(node.log("polite")).toBe("up\nbye\n");
});

test("what does not listen is killed once the grace period is over", async () => {
  const running = await node.run("deaf", {
    containers: [shellContainer('trap "" TERM; echo up; while :; do sleep 0.05; done')],
  });
  await eventually(
    async () => node.log("deaf"),
    (log) => log === "up\n",
  );
  const pid = identityOf(running);
  const started = Date.now();
  await running.stop(1);
  expect(Date.now() - started).toBeGreaterThanOrEqual(999);
  expect(identify(pid)).toBeUndefined();
});

function identityOf({ pod }: PodProcess): number {
  const directory = `${node.context.podsDirectory}/${pod.metadata?.uid}`;
  return JSON.parse(readFileSync(`${directory}/main.json`, "utf8")).pid;
}

/** Stands for the program's own port, for what the pod runs is a shell; answers what it is told to. */
async function switchable(): Promise<{ port: number; answer: (status: number) => void }> {
  let status = 503;
  const server = createServer((_, response) => response.writeHead(status).end());
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    answer: (next) => {
      status = next;
    },
  };
}

const readiness = async (name: string) =>
  (await node.read(name)).status?.conditions?.find(({ type }) => type === "Ready")?.status;

test("a pod is Ready exactly while its probe passes", async () => {
  const { port, answer } = await switchable();
  const readinessProbe = { httpGet: { port, path: "/" }, periodSeconds: 1, failureThreshold: 1 };
  await node.run("probed", { containers: [shellContainer("exec sleep 60", { readinessProbe })] });
  await eventually(
    () => node.read("probed"),
    ({ status }) => status?.containerStatuses?.[0]?.state?.running !== undefined,
  );
  expect(await readiness("probed")).toBe("False");
  for (const [code, want] of [
    [200, "True"],
    [503, "False"],
    [200, "True"],
  ] as const) {
    answer(code);
    await eventually(
      () => readiness("probed"),
      (ready) => ready === want,
    );
  }
  expect((await node.read("probed")).status?.containerStatuses?.[0]?.restartCount).toBe(0);
});

test("a program whose liveness probe fails is started again", async () => {
  const { port, answer } = await switchable();
  answer(200);
  const livenessProbe = { httpGet: { port, path: "/" }, periodSeconds: 1, failureThreshold: 2 };
  await node.run("lively", { containers: [shellContainer("echo up; exec sleep 60", { livenessProbe })] });
  await eventually(
    () => readiness("lively"),
    (ready) => ready === "True",
  );
  answer(503);
  const { status } = await eventually(
    () => node.read("lively"),
    (pod) => pod.status?.containerStatuses?.[0]?.restartCount === 1,
  );
  answer(200);
  expect(status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(143);
  await eventually(
    async () => node.log("lively"),
    (log) => log === "up\nup\n",
  );
});

test("a stopped pod leaves nothing behind but its log", async () => {
  const running = await node.run("gone", { containers: [shellContainer("exec sleep 60")] });
  await running.stop();
  expect(readdirSync(node.context.podsDirectory)).not.toContain(running.pod.metadata?.uid);
});

const pools = [{ name: "h100", accelerator: "nvidia-h100-80gb-sxm", nodes: 1, acceleratorsPerNode: 8 }];
const stack = { environment: "local", pools, queueing: { cohorts: ["platform"] } };

async function kueueStatus(): Promise<V1ContainerStatus | undefined> {
  const [pod] = await node.api.list<V1Pod>("/api/v1/namespaces/kueue-system/pods");
  return pod?.status?.containerStatuses?.[0];
}

test("an update that is given up names the program that it waited for, and its last words", async () => {
  const port = platform.state.readRecord()?.ports.kueueHealth;
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(port, "127.0.0.1", resolve));
  const { child, result } = platform.start("up", "--stack-file", platform.stackFile(stack));
  // The pauses grow: this one, of 16 s, lasts until the update has ended.
  const standsStill = (status?: V1ContainerStatus) =>
    status?.state?.waiting?.reason === "CrashLoopBackOff" && status.restartCount === 6;
  await eventually(kueueStatus, standsStill, 60_000);
  child.kill("SIGINT");
  const { code, stderr } = await result;
  await new Promise<void>((resolve) => holder.close(() => resolve()));
  await eventually(kueueStatus, (status) => status?.ready === true, 60_000);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /Not ready: manager of pod kueue-system\/kueue-controller-manager-\S+: CrashLoopBackOff/,
  );
  expect(stderr).toContain(`listen tcp 127.0.0.1:${port}: bind: address already in use`);
});

test("Kueue's Deployment is Ready exactly while its process answers", async () => {
  await platform.must("up", "--json", "--stack-file", platform.stackFile(stack));
  const restartsBefore = (await kueueStatus())?.restartCount;
  const supervisor = JSON.parse(readFileSync(platform.state.path("run", "supervisor.json"), "utf8"));
  const kueue = processTree(supervisor.pid).find(({ name }) => name === "manager");
  if (!kueue) throw new Error("no Kueue runs under the supervisor");
  const ready = async () => {
    const path = "/apis/apps/v1/namespaces/kueue-system/deployments/kueue-controller-manager";
    return (await node.api.get<{ status: { readyReplicas?: number } }>(path)).status.readyReplicas ?? 0;
  };
  await eventually(ready, (replicas) => replicas === 1);
  process.kill(kueue.pid, "SIGSTOP");
  onTestFinished(() => void (identify(kueue.pid) && process.kill(kueue.pid, "SIGCONT")));
  await eventually(ready, (replicas) => replicas === 0);
  process.kill(kueue.pid, "SIGCONT");
  await eventually(ready, (replicas) => replicas === 1);
  expect((await kueueStatus())?.restartCount).toBe(restartsBefore);
});
