/** Ill nodes under running gangs: the real controller, Kueue and scheduler, on simulated nodes. */
import type { V1Job, V1Pod } from "@kubernetes/client-node";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { platformLabels } from "../../components/catalogue/labels.ts";
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { readRunning } from "../../embedded/cluster/process-identity.ts";
import type { Workload } from "../../embedded/status/kueue-objects.ts";
import { removeJob } from "../support/gang-watch.ts";
import { accelerator, acceleratorsPerNode, unqueuedGangJob } from "../support/gangs.ts";
import { HealthScenario } from "../support/health-scenario.ts";
import { cured, doubtful, marksOf, offTheBus, report, setReady } from "../support/node-faults.ts";
import { eventually, TestPlatform } from "../support/platform.ts";
import { processTree } from "../support/process-tree.ts";
import { TeamClient } from "../support/team-client.ts";

const platform = new TestPlatform();
const team = "research";
const free = { taints: [], isCordoned: false };

let api: KubeApi;
let pool: HealthScenario;

function stackFile(nodesPerRack: number): string {
  return platform.stackFile({
    environment: "local",
    topology: { nodesPerRack },
    pools: [{ name: "h100", accelerator, nodes: 4, acceleratorsPerNode }],
    queueing: { cohorts: ["platform"] },
    nodeHealth: { graceSeconds: 1, drainTimeoutSeconds: 8, healthySeconds: 2, maxUnavailable: 1 },
    teams: [
      {
        name: team,
        costCenter: "cc-1",
        cohort: "platform",
        quotas: [{ pool: "h100", accelerators: 4 * acceleratorsPerNode }],
      },
    ],
  });
}

beforeAll(async () => {
  await platform.must("up", "--stack-file", stackFile(2), "--json");
  api = platform.api;
  pool = new HealthScenario(api, team);
});
afterEach(() => pool.clear());
afterAll(async () => {
  await pool?.close();
  await platform.remove();
});

test("a GPU off the bus: its gang starts whole elsewhere, and the node comes back", async () => {
  const [node = "", other = ""] = await pool.start("pretrain");
  const before = await pool.uidsOf("pretrain");
  await report(api, node, offTheBus);
  const after = await pool.nodesOf("pretrain", before);

  expect(after).not.toContain(node);
  expect(await pool.marked(node, "broken:NoSchedule")).toMatchObject({ isCordoned: true });
  expect(marksOf(await pool.node(other))).toEqual(free);
  expect(pool.mixtures).toEqual([]);
  expect(pool.startsOf("pretrain")).toEqual([2, 2]);
  await pool.settlesOn(2);
  await eventually(
    () => pool.told(node),
    (reasons) => reasons.includes("Drained"),
  );

  await report(api, node, cured(offTheBus));
  expect(await pool.marked(node)).toEqual(free);
  await eventually(
    () => pool.told(node),
    (reasons) => reasons.length === 4,
  );
  expect(await pool.told(node)).toEqual(["NodeUnhealthy", "DrainStarted", "Drained", "NodeRecovered"]);
});

test("a suspect node keeps what it runs and gets nothing new, whatever its reporter's clock", async () => {
  const [node = "", other = ""] = await pool.start("pretrain");
  const before = await pool.uidsOf("pretrain");
  const hourMs = 3_600_000;
  await report(api, node, doubtful, new Date(Date.now() - hourMs));
  await report(api, other, doubtful, new Date(Date.now() + hourMs));
  expect(await pool.marked(node, "suspect:NoSchedule")).toMatchObject({ isCordoned: false });
  expect(await pool.marked(other, "suspect:NoSchedule")).toMatchObject({ isCordoned: false });

  await pool.start("beside");
  await pool.submit("waits");
  expect(await pool.uidsOf("pretrain")).toEqual(before);
  await removeJob(api, team, "pretrain");
  await eventually(
    () => whyWaits("waits"),
    (message) => /taint/.test(message),
  );
  expect(await pool.podsOf("waits")).toEqual([]);
  await pool.settlesOn(2);

  for (const ill of [node, other]) await report(api, ill, cured(doubtful));
  expect(await pool.nodesOf("waits")).toEqual([node, other]);
});

async function whyWaits(job: string): Promise<string> {
  const workloads = await api.list<Workload>(`/apis/kueue.x-k8s.io/v1beta2/namespaces/${team}/workloads`);
  const own = workloads.find(({ metadata }) => metadata.ownerReferences?.some(({ name }) => name === job));
  return own?.status?.conditions?.find(({ type }) => type === "QuotaReserved")?.message ?? "";
}

test("of two broken nodes of a pool one is drained, and the other when the first is well", async () => {
  const [first = ""] = await pool.start("left");
  const [second = ""] = await pool.start("right");
  const right = await pool.uidsOf("right");
  const seen = (await pool.told(second)).length;
  await report(api, first, offTheBus);
  await eventually(
    () => pool.podsOf("left"),
    (pods) => pods.length === 0,
  );
  await report(api, second, offTheBus);
  await eventually(
    () => pool.told(second, seen),
    (reasons) => reasons.includes("DrainDeferred"),
  );

  expect(await pool.told(second, seen)).toEqual(["NodeUnhealthy", "DrainDeferred"]);
  expect(marksOf(await pool.node(second))).toEqual({ taints: ["broken:NoSchedule"], isCordoned: false });
  expect(await pool.uidsOf("right")).toEqual(right);

  await report(api, first, cured(offTheBus));
  await eventually(
    () => pool.told(second, seen),
    (reasons) => reasons.includes("DrainStarted"),
  );
  expect(marksOf(await pool.node(first))).toEqual(free);
  await eventually(
    async () => [...(await pool.podsOf("left")), ...(await pool.podsOf("right"))].length,
    (n) => n === 2,
  );
  expect(pool.mixtures).toEqual([]);
});

test("a disruption budget holds a pod outside of queues, until its time is over", async () => {
  const [node = ""] = (await pool.nodes()).map(({ metadata }) => metadata?.name ?? "");
  for (const name of ["kept", "free"]) await createStray(name, node);
  await api.create("/apis/policy/v1/namespaces/default/poddisruptionbudgets", {
    metadata: { name: "kept" },
    spec: { minAvailable: 1, selector: { matchLabels: { stray: "kept" } } },
  });
  await eventually(
    () => api.get<{ status?: { currentHealthy?: number } }>(budget),
    ({ status }) => status?.currentHealthy === 1,
  );
  await report(api, node, offTheBus);
  await eventually(strays, (names) => names.join() === "kept");
  expect(marksOf(await pool.node(node))).toEqual({ taints: ["broken:NoSchedule"], isCordoned: true });

  await pool.marked(node, "broken:NoExecute", "broken:NoSchedule");
  await eventually(strays, (names) => names.length === 0);
  await api.remove(budget);
});

const budget = "/apis/policy/v1/namespaces/default/poddisruptionbudgets/kept";

async function strays(): Promise<string[]> {
  const pods = await api.list<V1Pod>("/api/v1/namespaces/default/pods");
  return pods.map(({ metadata }) => metadata?.name ?? "").sort();
}

async function createStray(name: string, node: string): Promise<void> {
  const { template } = unqueuedGangJob({ name, team, pool: "h100", nodes: 1, acceleratorsPerNode: 1 }).spec;
  const { serviceAccountName: _, priorityClassName: __, ...spec } = template.spec;
  await api.create("/api/v1/namespaces/default/pods", {
    metadata: { name, labels: { stray: name } },
    spec: { ...spec, nodeSelector: { "kubernetes.io/hostname": node } },
  });
  await eventually(
    () => api.get<V1Pod>(`/api/v1/namespaces/default/pods/${name}`),
    ({ status }) => status?.phase === "Running",
  );
}

test("a node that is not Ready for long: its gang starts elsewhere", async () => {
  const [node = ""] = await pool.start("pretrain");
  const before = await pool.uidsOf("pretrain");
  await setReady(api, node, false);
  expect(await pool.nodesOf("pretrain", before)).not.toContain(node);
  await setReady(api, node, true);
  expect(await pool.marked(node)).toEqual(free);
  expect(pool.mixtures).toEqual([]);
});

test("the controller is killed in the middle of a drain, and its successor goes on", async () => {
  const [node = ""] = await pool.start("pretrain");
  const before = await pool.uidsOf("pretrain");
  await report(api, node, offTheBus);
  await eventually(
    async () => (await pool.node(node)).metadata?.annotations,
    (found) => record(found)?.includes("draining") ?? false,
  );
  killController();
  expect(await pool.nodesOf("pretrain", before)).not.toContain(node);
  expect(pool.mixtures).toEqual([]);
});

const record = (annotations?: Record<string, string>) => annotations?.[platformLabels.nodeHealth];

function killController(): void {
  const supervisor = readRunning(platform.state.path("run", "supervisor.json"));
  const under = processTree(supervisor?.pid ?? 0).filter(({ pid }) => pid !== supervisor?.pid);
  const controller = under.find(({ name }) => /^(node|MainThread)$/.test(name));
  if (!controller) throw new Error(`no controller runs; only ${under.map(({ name }) => name).join(", ")}`);
  process.kill(controller.pid, "SIGKILL");
}

test("the stack can be changed while a node is ill, and its taint stays (F128)", async () => {
  // The one whose rack changes.
  const node = "h100-3";
  await report(api, node, doubtful);
  await pool.marked(node, "suspect:NoSchedule");
  await platform.must("up", "--stack-file", stackFile(4), "--json");
  expect(await pool.marked(node, "suspect:NoSchedule")).toEqual({
    taints: ["suspect:NoSchedule"],
    isCordoned: false,
  });
  const labels = (await pool.node(node)).metadata?.labels ?? {};
  expect(labels["topology.plinth.dev/rack"]).toBe("h100-rack-0");
});

test("a pod that a disruption ended uses up no retry, and one whose program failed does", async () => {
  await pool.start("pretrain");
  const lost = await endPod("pretrain", [{ type: "DisruptionTarget", status: "True" }]);
  await eventually(
    async () => running(await pool.podsOf("pretrain")),
    (uids) => uids.length === 2 && !uids.includes(lost),
  );
  expect((await jobStatus("pretrain"))?.failed ?? 0).toBe(0);

  await endPod("pretrain", []);
  const ended = await eventually(
    () => jobStatus("pretrain"),
    (status) => status?.conditions?.some(({ type }) => type === "Failed") ?? false,
  );
  expect(ended?.conditions?.map(({ reason }) => reason)).toContain("BackoffLimitExceeded");
});

const running = (pods: readonly V1Pod[]) =>
  pods.filter(({ status }) => status?.phase === "Running").map(({ metadata }) => metadata?.uid ?? "");

async function jobStatus(job: string): Promise<V1Job["status"]> {
  return (await api.get<V1Job>(`/apis/batch/v1/namespaces/${team}/jobs/${job}`)).status;
}

/** Ends one pod of a job as a kubelet would, and returns its uid. */
async function endPod(job: string, conditions: readonly object[]): Promise<string> {
  const pod = (await pool.podsOf(job)).find(({ status }) => status?.phase === "Running");
  const status = { phase: "Failed", conditions: [...(pod?.status?.conditions ?? []), ...conditions] };
  await api.mergePatch(`/api/v1/namespaces/${team}/pods/${pod?.metadata?.name}/status`, { status });
  return pod?.metadata?.uid ?? "";
}

test.each([
  { case: "delete a pod", method: "DELETE", path: `/api/v1/namespaces/${team}/pods/any` },
  { case: "read a secret", method: "GET", path: `/api/v1/namespaces/${team}/secrets` },
  { case: "delete a node", method: "DELETE", path: "/api/v1/nodes/h100-0" },
  { case: "create a pod", method: "POST", path: "/api/v1/namespaces/node-health-system/pods" },
  {
    case: "delete a workload",
    method: "DELETE",
    path: `/apis/kueue.x-k8s.io/v1beta2/namespaces/${team}/workloads/any`,
  },
])("the controller's account may not $case", async ({ method, path }) => {
  const client = await TeamClient.of(platform, "node-health-system", "node-health");
  const { status } = await client.send(method, path, method === "POST" ? {} : undefined);
  client.close();
  expect(status).toBe(403);
});
