/** Each kind of training job through the team's queue, with its real controller. */
import type { V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { controllerNames } from "../../components/catalogue/controllers.ts";
import { simulationAnnotations } from "../../components/catalogue/labels.ts";
import { readPlatformStatus } from "../../embedded/status/platform-status.ts";
import { removeJob } from "../support/gang-watch.ts";
import { accelerator, acceleratorsPerNode, gangJob } from "../support/gangs.ts";
import { infiniband } from "../support/network.ts";
import { eventually, lastAnswer, TestPlatform } from "../support/platform.ts";
import { TeamClient } from "../support/team-client.ts";
import { type KindObject, type TrainingKind, trainingKinds } from "../support/training-kinds.ts";

const platform = new TestPlatform();
const team = "research";
const nodes = 2;
const runtimeClass = "nvidia";
/** Everything happens at once on a machine of few cores. */
const patienceMs = 120_000;

let member: TeamClient;

beforeAll(async () => {
  await platform.must("up", "--stack-file", stackFile([], []), "--json");
  member = await TeamClient.of(platform, team, "member");
  for (const { name } of trainingKinds) await submitUrgent(`first-${name}`, name);
  const jobs = trainingKinds.map(({ job }) => job);
  await platform.must("up", "--stack-file", stackFile([...controllerNames], jobs), "--json");
});

afterAll(async () => {
  member?.close();
  await platform.remove();
});

test.concurrent.each(trainingKinds)("$case waits, runs, is preempted, waits and runs again", async (kind) => {
  await settles(kind, "waiting", "Waiting");

  await removeJob(platform.api, team, `first-${kind.name}`);
  await settles(kind, "running", "Running");
  const placed = await pods(kind);
  expect(placed.length).toBe(kind.pods);
  expect([...new Set(placed.map(({ spec }) => spec?.nodeName))].sort()).toEqual([
    `${kind.name}-0`,
    `${kind.name}-1`,
  ]);
  const accelerated = placed.filter(hasAccelerators);
  expect([...new Set(accelerated.map(({ spec }) => spec?.runtimeClassName))]).toEqual([runtimeClass]);
  const network = accelerated.map(({ spec }) => spec?.containers[0]?.resources?.limits?.["rdma/ib"]);
  expect(network).toEqual(["8", "8"]);
  if (kind.isJobSet) await restartsUncounted(kind);
  if (kind.name === "jobset") {
    expect((await workloads(kind)).map(({ spec }) => spec.maximumExecutionTimeSeconds)).toEqual([604_800]);
  }

  await submitUrgent(`second-${kind.name}`, kind.name);
  await settles(kind, "waiting", "Waiting");
  expect(await preemptions(kind)).toContain("InClusterQueue");
  if (kind.name === "rayjob") await finishProgramSoon(kind);
  await removeJob(platform.api, team, `second-${kind.name}`);
  if (kind.want.finished === undefined) return settles(kind, "running", "Running");

  if (kind.name !== "rayjob") {
    await settles(kind, "running", "Running");
    await finishPods(kind);
  }
  await settles(kind, "finished", "Finished");
});

test("nobody of the team lifts the gates that hold a pod back", async () => {
  const gated = { ...(await pods(kindCalled("lws")))[0]?.spec };
  expect(gated.nodeName).toBeDefined();
  const path = `/api/v1/namespaces/${team}/pods`;
  const pod = {
    metadata: { name: "gated", labels: { "kueue.x-k8s.io/queue-name": "missing" } },
    spec: { ...minimalPod, schedulingGates: [{ name: "kueue.x-k8s.io/admission" }] },
  };
  await member.must("POST", path, pod);
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

test("everything goes again, jobs before their controllers (F62)", async () => {
  await platform.must("down", "--keep-cluster", "--stack-file", stackFile([...controllerNames], []));
  const namespaces = await platform.api.list<{ metadata: { name: string } }>("/api/v1/namespaces");
  const left = namespaces
    .map(({ metadata }) => metadata.name)
    .filter((name) => !/^(default|kube-)/.test(name));
  expect(left).toEqual([]);
});

const minimalPod = {
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
  containers: [
    {
      name: "main",
      image: "registry.k8s.io/pause:3.10",
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    },
  ],
};

function stackFile(controllers: string[], jobs: object[]): string {
  return platform.stackFile({
    environment: "local",
    pools: trainingKinds.map(({ name }) => ({
      name,
      accelerator,
      nodes,
      acceleratorsPerNode,
      runtimeClass,
      fabric: infiniband,
    })),
    queueing: { cohorts: ["platform"] },
    training: { controllers },
    teams: [
      {
        name: team,
        costCenter: "cc-1",
        cohort: "platform",
        quotas: trainingKinds.map(({ name }) => ({ pool: name, accelerators: nodes * acceleratorsPerNode })),
      },
    ],
    jobs,
  });
}

function hasAccelerators({ spec }: V1Pod): boolean {
  return (spec?.containers ?? []).some(({ resources }) => resources?.requests?.["nvidia.com/gpu"]);
}

function kindCalled(name: string): TrainingKind {
  const found = trainingKinds.find((kind) => kind.name === name);
  if (!found) throw new Error(`no kind is called ${name}`);
  return found;
}

/** A plain gang that takes the whole pool from whatever runs there. */
function submitUrgent(name: string, pool: string): Promise<unknown> {
  const job = gangJob({ name, team, pool, nodes, priority: "high" });
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
  return (await workloads(kind))
    .flatMap(({ status }) => status?.conditions ?? [])
    .filter(({ type }) => type === "Preempted")
    .map(({ reason }) => reason);
}

async function workloads({ name }: TrainingKind): Promise<Workload[]> {
  const path = `/apis/kueue.x-k8s.io/v1beta2/namespaces/${team}/workloads`;
  const all = await platform.api.list<Workload>(path);
  return all.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.name === name));
}

interface Workload {
  readonly metadata: { readonly ownerReferences?: readonly { readonly name: string }[] };
  readonly spec: { readonly maximumExecutionTimeSeconds?: number };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly reason: string }[] };
}

async function finishPods(kind: TrainingKind): Promise<void> {
  const annotations = { [simulationAnnotations.finishAfter]: "1ms" };
  for (const { metadata } of await pods(kind)) {
    await platform.api.mergePatch(`/api/v1/namespaces/${team}/pods/${metadata?.name}`, {
      metadata: { annotations },
    });
  }
}

/** The program ends shortly after it is submitted to its next cluster. */
async function finishProgramSoon(kind: TrainingKind): Promise<void> {
  const metadata = { [simulationAnnotations.finishAfter]: "2s" };
  await platform.api.mergePatch(objectPath(kind), { spec: { metadata } });
}
