/** Each kind of training job through the team's queue, with its real controller. */
import type { V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { controllerNames } from "../../components/catalogue/controllers.ts";
import { simulationAnnotations } from "../../components/catalogue/labels.ts";
import { readPlatformStatus } from "../../embedded/status/platform-status.ts";
import { afterDeadlines, deadlinePool, deadlineSeconds, limitedJobs } from "../support/deadlines.ts";
import {
  ElasticRayCluster,
  elasticCluster,
  headVariables,
  variablesOf,
} from "../support/elastic-ray-cluster.ts";
import { removeJob } from "../support/gang-watch.ts";
import { accelerator, acceleratorsPerNode, gangJob } from "../support/gangs.ts";
import { GatedPods, gatedAt, gatedJob, gatedPod } from "../support/gated-pods.ts";
import { KindDrains } from "../support/kind-drains.ts";
import { infiniband } from "../support/network.ts";
import { eventually, lastAnswer, TestPlatform } from "../support/platform.ts";
import { TeamClient } from "../support/team-client.ts";
import { type KindObject, type TrainingKind, trainingKinds } from "../support/training-kinds.ts";
import { workloadsOf } from "../support/workload-conditions.ts";

const platform = new TestPlatform();
const team = "research";
/** Of each kind's gang and quota; a pool has one more, for gangs whose node falls ill. */
const nodes = 2;
const runtimeClass = "nvidia";
/** Everything happens at once on a machine of few cores. */
const patienceMs = 120_000;

/** They serve until they are deleted. */
const services = trainingKinds.filter(({ want }) => want.finished === undefined);

const pools = [...trainingKinds.map(({ name }) => name), elasticCluster.name, deadlinePool];

let member: TeamClient;
let gated: GatedPods;
let drains: KindDrains;

beforeAll(async () => {
  await platform.must("up", "--stack-file", stackFile([], []), "--json");
  member = await TeamClient.of(platform, team, "member");
  drains = new KindDrains(platform.api, team);
  for (const { name } of trainingKinds) await submitUrgent(`first-${name}`, name);
  gated = await GatedPods.behind(platform, "gated-first");
  const jobs = [...trainingKinds.map(({ job }) => job), elasticCluster, ...limitedJobs, gatedJob];
  await platform.must("up", "--stack-file", stackFile([...controllerNames], jobs), "--json");
});

afterAll(async () => {
  member?.close();
  gated?.close();
  await drains?.close();
  await platform.remove();
});

test.concurrent("a Ray cluster grows within its quota, and what is beyond it waits", async () => {
  const ray = new ElasticRayCluster(platform, team, "elastic");
  const [first] = await ray.workers(1, 1);
  const [head] = await ray.pods("head");
  expect(head?.spec?.containers.map(({ name }) => name)).toEqual(["ray-head", "autoscaler"]);
  expect(head?.spec?.restartPolicy).toBe("Never");
  expect(variablesOf(head, "ray-head")).toMatchObject(headVariables);
  expect(head?.metadata?.annotations?.["ray.io/ft-enabled"]).toBe("true");
  expect(variablesOf(first, "ray-worker")).toMatchObject({ RAY_gcs_rpc_server_reconnect_timeout_s: "600" });

  await submitGang("beside", "elastic", "low", 1);
  await told("beside", /^Running/);
  await ray.scale(2);
  await told("elastic", /^Waiting: .*insufficient unused quota/);
  expect(uids(await ray.workers(2, 1))).toEqual(uids([first]));

  await removeJob(platform.api, team, "beside");
  const both = await ray.workers(2, 2);
  expect(uids(both)).toContain(uids([first])[0]);
  expect(uids(await ray.pods("head"))).toEqual(uids([head]));

  const second = both.find(({ metadata }) => metadata?.uid !== first?.metadata?.uid);
  await submitGang("after", "elastic", "low", 1);
  await ray.scale(1, [second?.metadata?.name ?? ""]);
  await told("after", /^Running/);
  expect(uids(await ray.workers(1, 1))).toEqual(uids([first]));

  await ray.remove();
});

test.concurrent.each(trainingKinds)("$case waits, runs, is preempted, waits and runs again", async (kind) => {
  await settles(kind, "waiting", "Waiting");

  await removeJob(platform.api, team, `first-${kind.name}`);
  await settles(kind, "running", "Running");
  const placed = await pods(kind);
  expect(placed.length).toBe(kind.pods);
  const accelerated = placed.filter(hasAccelerators);
  expect(new Set(accelerated.map(({ spec }) => spec?.nodeName)).size).toBe(nodes);
  expect([...new Set(accelerated.map(({ spec }) => spec?.runtimeClassName))]).toEqual([runtimeClass]);
  const network = accelerated.map(({ spec }) => spec?.containers[0]?.resources?.limits?.["rdma/ib"]);
  expect(network).toEqual(["8", "8"]);
  if (kind.isJobSet) await restartsUncounted(kind);
  if (kind.name === "jobset") {
    const [own] = await workloadsOf(platform.api, team, kind.name);
    expect(own?.spec.maximumExecutionTimeSeconds).toBe(604_800);
  }
  if (kind.isDrained) await leavesIllNode(kind);

  await submitUrgent(`second-${kind.name}`, kind.name);
  await settles(kind, "waiting", "Waiting");
  expect(await preemptions(kind)).toContain("InClusterQueue");
  if (kind.name === "rayjob") await finishProgramSoon(kind);
  await removeJob(platform.api, team, `second-${kind.name}`);
  await settles(kind, "running", "Running");
  if (kind.want.finished === undefined) return;

  if (kind.name !== "rayjob") await finishPods(kind);
  await settles(kind, "finished", "Finished");
});

const uids = (found: readonly (V1Pod | undefined)[]) => found.map((pod) => pod?.metadata?.uid);

/** What the queue says of a job, in one of its workloads, once it is as wanted. */
async function told(job: string, wanted: RegExp): Promise<string> {
  const states = async () => {
    const { workloads } = await readPlatformStatus(platform.api);
    return workloads.filter(({ name }) => name === job).map(({ state, reason }) => `${state}: ${reason}`);
  };
  const found = await eventually(states, (all) => all.some((state) => wanted.test(state)), patienceMs);
  return found.find((state) => wanted.test(state)) ?? "";
}

test.concurrent("a deadline ends what has no end of its own, and who waits has its nodes", async () => {
  const { status, conditions, seconds } = await afterDeadlines(platform.api, member, team, patienceMs);
  const ended = "Inactive: The workload is deactivated due to exceeding the maximum execution time";
  const running = "Running: 2 of 2 pods on 2 nodes";
  expect(status).toEqual({ "late-ray": ended, "late-lws": ended, "late-next": running });
  const evicted = [false, "True DeactivatedDueToMaximumExecutionTimeExceeded"];
  expect(conditions).toEqual([evicted, evicted]);
  for (const admitted of seconds) expect(admitted).toBeGreaterThanOrEqual(deadlineSeconds);
});

test.concurrent("pods that wait behind the gate take nothing from a gang that is admitted", async () => {
  const told = await gated.beside("gated-first", "gated-next", patienceMs);
  const both = ["placed", "placed"];
  const waits = { "gated-lws": ["gated", "gated"] };
  expect(told.before).toEqual({ "gated-first": both, ...waits });
  expect(told.after).toEqual({ "gated-next": both, ...waits });
  // Made larger than its queue allows, it runs no more, though a node is free; the next in the queue does.
  expect([told.grown, told.most]).toEqual([{ "gated-lws": both }, nodes]);
});

test("nobody of the team lifts the gates that hold a pod back", async () => {
  for (const kind of services) expect((await pods(kind))[0]?.spec?.nodeName).toBeDefined();
  const path = `/api/v1/namespaces/${team}/pods`;
  await member.must("POST", path, gatedPod);
  const lift = platform.api.mergePatch(`${path}/gated`, { spec: { schedulingGates: null } });
  await expect(lift).rejects.toThrow("only the queue lets a pod go");
  await member.must("DELETE", `${path}/gated`);
});

test("an MPIJob's pods share keys that no other job has", async () => {
  const path = `/api/v1/namespaces/${team}/secrets/mpijob-ssh`;
  const { type, data } = await platform.api.get<{ type: string; data: object }>(path);
  expect(type).toBe("kubernetes.io/ssh-auth");
  expect(Object.keys(data).sort()).toEqual(["ssh-privatekey", "ssh-publickey"]);
});

test.concurrent.each(services)("$case serves until it is deleted, and then frees its quota", async (kind) => {
  const next = `next-${kind.name}`;
  await submitGang(next, kind.name, "low");
  const waiting = await told(next, /^Waiting: .*insufficient unused quota/);
  expect(waiting).toContain(`in flavor ${kind.name}, 16 more needed`);
  await member.must("DELETE", objectPath(kind));
  expect(await told(next, /^Running/)).toBe(`Running: ${nodes} of ${nodes} pods on ${nodes} nodes`);
});

test("everything goes again, jobs before their controllers (F62)", async () => {
  await platform.must("down", "--keep-cluster", "--stack-file", stackFile([...controllerNames], []));
  const namespaces = await platform.api.list<{ metadata: { name: string } }>("/api/v1/namespaces");
  const left = namespaces
    .map(({ metadata }) => metadata.name)
    .filter((name) => !/^(default|kube-)/.test(name));
  expect(left).toEqual([]);
});

function stackFile(controllers: string[], jobs: object[]): string {
  return platform.stackFile({
    environment: "local",
    pools: [...pools, gatedAt.pool].map((name) => ({
      name,
      accelerator,
      nodes: nodes + 1,
      acceleratorsPerNode,
      runtimeClass,
      fabric: infiniband,
    })),
    topology: { nodesPerRack: nodes + 1 },
    nodeHealth: { graceSeconds: 1, drainTimeoutSeconds: 60, healthySeconds: 60, maxUnavailable: 1 },
    queueing: { cohorts: ["platform"], elasticJobs: true },
    training: { controllers },
    teams: Object.entries({ [team]: pools, [gatedAt.team]: [gatedAt.pool] }).map(([name, own]) => ({
      name,
      costCenter: "cc-1",
      cohort: "platform",
      quotas: own.map((pool) => ({ pool, accelerators: nodes * acceleratorsPerNode })),
    })),
    jobs,
  });
}

function hasAccelerators({ spec }: V1Pod): boolean {
  return (spec?.containers ?? []).some(({ resources }) => resources?.requests?.["nvidia.com/gpu"]);
}

/** A plain gang that takes the whole pool from whatever runs there. */
function submitUrgent(name: string, pool: string): Promise<unknown> {
  return submitGang(name, pool, "high");
}

function submitGang(name: string, pool: string, priority: "low" | "high", size = nodes): Promise<unknown> {
  const job = gangJob({ name, team, pool, nodes: size, priority });
  return member.must("POST", `/apis/batch/v1/namespaces/${team}/jobs`, job);
}

function objectPath({ group, plural, name }: TrainingKind): string {
  return `/apis/${group}/namespaces/${team}/${plural}/${name}`;
}

async function pods(kind: TrainingKind): Promise<V1Pod[]> {
  const { status } = await platform.api.get<KindObject>(objectPath(kind));
  const selector = encodeURIComponent(`${kind.podLabel}=${status?.rayClusterName ?? kind.name}`);
  return platform.api.list<V1Pod>(`/api/v1/namespaces/${team}/pods?labelSelector=${selector}`);
}

/** A pod ends as an eviction leaves it: everything starts again, and that uses up none of the restarts. */
async function restartsUncounted(kind: TrainingKind): Promise<void> {
  const [lost] = await pods(kind);
  const disrupted = { type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI" };
  const status = { phase: "Failed", conditions: [...(lost?.status?.conditions ?? []), disrupted] };
  await platform.api.mergePatch(`/api/v1/namespaces/${team}/pods/${lost?.metadata?.name}/status`, { status });
  const path = `/apis/jobset.x-k8s.io/v1alpha2/namespaces/${team}/jobsets/${kind.name}`;
  const read = () => platform.api.get<RestartedJobSet>(path);
  const restarted = await eventually(read, (jobSet) => jobSet.status?.restarts === 1, patienceMs);
  expect(restarted.status?.restartsCountTowardsMax ?? 0).toBe(0);
  await settles(kind, "running", "Running");
}

/** The node of one of its pods falls off the bus: all of it starts again, on other nodes. */
async function leavesIllNode(kind: TrainingKind): Promise<void> {
  const ill = (await pods(kind)).find(hasAccelerators)?.spec?.nodeName ?? "";
  expect(await drains.drain(kind, ill, patienceMs)).not.toContain(ill);
  expect(await drains.requeues(ill)).toBe(1);
  expect(drains.mixtures).toEqual([]);
  await settles(kind, "running", "Running");
}

interface RestartedJobSet {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly restarts?: number; readonly restartsCountTowardsMax?: number };
}

/** What the kind's controller and the queue say of the job, at the moment. */
async function account(kind: TrainingKind) {
  const object = await platform.api.get<KindObject>(objectPath(kind));
  const { workloads } = await readPlatformStatus(platform.api);
  const own = workloads.find(({ name }) => name === kind.name);
  return { says: kind.says(object), queue: own?.state };
}

async function settles(kind: TrainingKind, stage: keyof TrainingKind["want"], queue: string): Promise<void> {
  const want = { says: kind.want[stage], queue };
  expect(await lastAnswer(() => account(kind), want, patienceMs), `${kind.case}: ${stage}`).toEqual(want);
}

/** Reasons for which the queue took the job's nodes away. */
async function preemptions(kind: TrainingKind): Promise<string[]> {
  return (await workloadsOf(platform.api, team, kind.name))
    .flatMap(({ status }) => status?.conditions ?? [])
    .filter(({ type }) => type === "Preempted")
    .map(({ reason }) => reason);
}

async function finishPods(kind: TrainingKind): Promise<void> {
  const annotations = { [simulationAnnotations.finishAfter]: "1ms" };
  for (const { metadata } of await pods(kind)) {
    await platform.api.mergePatch(`/api/v1/namespaces/${team}/pods/${metadata?.name}`, {
      metadata: { annotations },
    });
  }
}

/** The program ends some time after it is submitted to its next cluster: one can see that it runs. */
async function finishProgramSoon(kind: TrainingKind): Promise<void> {
  const metadata = { [simulationAnnotations.finishAfter]: "10s" };
  await platform.api.mergePatch(objectPath(kind), { spec: { metadata } });
}
