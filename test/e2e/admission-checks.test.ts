/** What a job waits for beside quota: nodes that are ordered for it, or another cluster that takes it. */
import { readFileSync } from "node:fs";
import type { V1Job, V1Pod, V1PodTemplate, V1Service } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { simulationAnnotations } from "../../components/catalogue/labels.ts";
import { StandInAutoscaler } from "../support/autoscaler.ts";
import { accelerator, acceleratorsPerNode, gangJob } from "../support/gangs.ts";
import { makeJob } from "../support/job-kinds.ts";
import { checkStates, teamContents, toldOf, workloadOf } from "../support/kueue-workloads.ts";
import { eventually, lastAnswer, TestPlatform } from "../support/platform.ts";
import { TeamClient } from "../support/team-client.ts";
import { readStatus } from "../support/told-states.ts";

/** The cluster that jobs are made in, and the one that some are sent to. */
const manager = new TestPlatform();
const east = new TestPlatform();
const provisioningClass = "capacity.example.org";
const patienceMs = 60_000;
const jobs = "/apis/batch/v1/namespaces/red/jobs";
const secrets = "/api/v1/namespaces/kueue-system/secrets";
let member: TeamClient;
let autoscaler: StandInAutoscaler;

function stack(pools: Record<string, number>, queueing: object, more: object = {}) {
  return {
    environment: "local",
    ...more,
    // The other cluster must serve each kind that this one does.
    training: { controllers: ["jobset"] },
    pools: Object.entries(pools).map(([name, nodes]) => ({ name, accelerator, nodes, acceleratorsPerNode })),
    queueing: { cohorts: ["lab"], ...queueing },
    teams: [
      {
        name: "red",
        costCenter: "cc-1",
        cohort: "lab",
        quotas: Object.entries(pools).map(([pool, nodes]) => ({
          pool,
          accelerators: nodes * acceleratorsPerNode,
        })),
      },
    ],
  };
}

beforeAll(async () => {
  const provisioning = { pool: "asked", provisioningClass, retries: 1, backoffBaseSeconds: 2 };
  const clusters = [{ name: "east", kubeconfigSecret: "east-kubeconfig" }];
  const queueing = {
    provisioning: [provisioning],
    multiKueue: { pools: ["away", "pair"], clusters, workerLostSeconds: 10 },
  };
  const more = {
    provisioningClasses: [provisioningClass],
    jobs: [makeJob("jobset", { name: "pair", team: "red", pool: "pair" })],
  };
  const sends = manager.stackFile(stack({ asked: 2, away: 2, pair: 2 }, queueing, more));
  const takes = east.stackFile(stack({ away: 2, pair: 2 }, {}));
  await Promise.all([
    manager.must("up", "--stack-file", sends, "--json"),
    east.must("up", "--stack-file", takes, "--json"),
  ]);
  member = await TeamClient.of(manager, "red", "member");
  autoscaler = new StandInAutoscaler(manager.api, "red");
});

afterAll(async () => {
  member?.close();
  await Promise.all([manager.remove(), east.remove()]);
});

function submit(name: string, pool: string, nodes: number): Promise<unknown> {
  return member.must("POST", jobs, gangJob({ name, team: "red", pool, nodes }));
}

function podsOf({ api }: TestPlatform, job: string): Promise<V1Pod[]> {
  return api.list(`/api/v1/namespaces/red/pods?labelSelector=batch.kubernetes.io%2Fjob-name%3D${job}`);
}

/** Nodes of a job's pods, once it has so many that are placed. */
async function nodesOf(platform: TestPlatform, job: string, count: number): Promise<string[]> {
  const placed = async () =>
    (await podsOf(platform, job)).flatMap(({ spec }) => (spec?.nodeName ? [spec.nodeName] : []));
  return (await eventually(placed, (nodes) => nodes.length === count, patienceMs)).sort();
}

async function finish(platform: TestPlatform, job: string): Promise<void> {
  const annotations = { [simulationAnnotations.finishAfter]: "0s" };
  const pods = await podsOf(platform, job);
  const end = ({ metadata }: V1Pod) =>
    platform.api.mergePatch(`/api/v1/namespaces/red/pods/${metadata?.name}`, { metadata: { annotations } });
  await Promise.all(pods.map(end));
}

test("a job has its pods once the nodes are there that were ordered for it, as the order says", async () => {
  await submit("ordered", "asked", 2);
  const request = await autoscaler.request("ordered", 1);
  expect(request.spec).toMatchObject({ provisioningClassName: provisioningClass, podSets: [{ count: 2 }] });
  const template = await manager.api.get<V1PodTemplate>(
    `/api/v1/namespaces/red/podtemplates/${request.spec.podSets[0]?.podTemplateRef.name}`,
  );
  expect(template.template?.spec?.nodeSelector).toMatchObject({ "plinth.dev/pool": "asked" });
  expect(await toldOf(manager, "ordered")).toBe("Waiting: quota is held; provision-asked is Pending");
  const accepted = { type: "Accepted", status: "True", message: "will try" } as const;
  const later = { type: "Provisioned", status: "False", message: "two nodes in a minute" } as const;
  await autoscaler.answer(request, accepted, later);
  const wait = "Waiting: quota is held; provision-asked is Pending: two nodes in a minute";
  expect(await lastAnswer(() => toldOf(manager, "ordered"), wait)).toBe(wait);
  expect(await podsOf(manager, "ordered")).toEqual([]);
  await autoscaler.answer(request, accepted, { type: "Provisioned", status: "True", message: "two nodes" });
  expect(await nodesOf(manager, "ordered", 2)).toEqual(["asked-0", "asked-1"]);
  expect(checkStates(await workloadOf(manager, "red", "ordered"))).toEqual({ "provision-asked": "Ready" });
  for (const { metadata } of await podsOf(manager, "ordered")) {
    expect(metadata?.annotations).toMatchObject({
      "autoscaling.x-k8s.io/consume-provisioning-request": request.metadata.name,
      "autoscaling.x-k8s.io/provisioning-class-name": provisioningClass,
    });
  }
  expect((await autoscaler.requests()).map(({ metadata }) => metadata.name)).toEqual([request.metadata.name]);
  await finish(manager, "ordered");
  // What was ordered is given back with the job.
  expect(await lastAnswer(() => autoscaler.requests(), [], patienceMs)).toEqual([]);
});

const failed = { type: "Failed", status: "True", message: "none to be had" } as const;

test("an order that fails is made again after the pause, and no sooner", async () => {
  await submit("again", "asked", 1);
  const first = await autoscaler.request("again", 1);
  await autoscaler.answer(first, failed);
  const failedAt = Date.now();
  const second = await autoscaler.request("again", 2);
  expect(Date.now() - failedAt).toBeGreaterThanOrEqual(1000);
  expect(await podsOf(manager, "again")).toEqual([]);
  await autoscaler.answer(second, { type: "Provisioned", status: "True", message: "one node" });
  expect(await nodesOf(manager, "again", 1)).toEqual(["asked-0"]);
  await manager.api.remove(`${jobs}/again`, { propagationPolicy: "Background" });
  expect(await lastAnswer(() => autoscaler.requests(), [], patienceMs)).toEqual([]);
});

test("a job whose orders all fail is given up after the last, without ever having had a pod", async () => {
  await submit("never", "asked", 1);
  for (const attempt of [1, 2]) await autoscaler.answer(await autoscaler.request("never", attempt), failed);
  const end = () => workloadOf(manager, "red", "never");
  await eventually(end, (workload) => workload?.spec.active === false, patienceMs);
  const givenUp =
    "Inactive: The workload is deactivated due to AdmissionCheck in Rejected state: " +
    '"provision-asked" (none to be had)';
  expect(await lastAnswer(() => toldOf(manager, "never"), givenUp, patienceMs)).toBe(givenUp);
  expect(await podsOf(manager, "never")).toEqual([]);
  const { spec } = await manager.api.get<V1Job>(`${jobs}/never`);
  expect(spec?.suspend).toBe(true);
  expect(await lastAnswer(() => autoscaler.requests(), [], patienceMs)).toEqual([]);
  await manager.api.remove(`${jobs}/never`, { propagationPolicy: "Background" });
});

/** What is said of a job that no other cluster can be offered. */
const unsent =
  /^Waiting: .*: Can't admit new workloads: references inactive AdmissionCheck\(s\): multikueue\.$/;

test("jobs for another cluster wait until that can be reached, and status says what is missing", async () => {
  await submit("sent", "away", 2);
  await eventually(
    () => toldOf(manager, "sent"),
    (told) => unsent.test(told ?? ""),
    patienceMs,
  );
  expect((await readStatus(manager)).clusters).toEqual([
    {
      name: "east",
      state: "Unreachable",
      reason: 'load client config failed: Secret "east-kubeconfig" not found',
    },
  ]);
  expect((await teamContents(east, "red")).jobs).toEqual([]);
});

/** The content of the secret by which the manager reaches the other cluster. */
const kubeconfig = (text: string) => ({ kubeconfig: Buffer.from(text).toString("base64") });
const opens = () => readFileSync(east.state.kubeconfig, "utf8");

test("a jobset has its pods in the cluster that can be reached, and names for them there", async () => {
  const metadata = { name: "east-kubeconfig" };
  await manager.api.create(secrets, { metadata, data: kubeconfig(opens()) });
  const selector = "jobset.sigs.k8s.io/jobset-name=pair";
  const pods = () => east.api.list<V1Pod>(`/api/v1/namespaces/red/pods?labelSelector=${selector}`);
  const placed = async () => (await pods()).flatMap(({ spec }) => spec?.nodeName ?? []).sort();
  const nodes = ["pair-0", "pair-1"];
  expect(await lastAnswer(placed, nodes, patienceMs)).toEqual(nodes);
  const names = (await pods()).map(({ spec }) => [spec?.hostname, spec?.subdomain]);
  expect(names.sort()).toEqual([
    ["pair-trainer-0-0", "pair"],
    ["pair-trainer-0-1", "pair"],
  ]);
  const service = await east.api.get<V1Service>("/api/v1/namespaces/red/services/pair");
  const { clusterIP, publishNotReadyAddresses, selector: chosen } = service.spec ?? {};
  expect({ clusterIP, publishNotReadyAddresses, chosen }).toEqual({
    clusterIP: "None",
    publishNotReadyAddresses: true,
    chosen: { "jobset.sigs.k8s.io/jobset-name": "pair" },
  });
  const runs = "Running: in cluster east";
  expect(await lastAnswer(() => toldOf(manager, "pair"), runs, patienceMs)).toBe(runs);
  const jobSets = "/apis/jobset.x-k8s.io/v1alpha2/namespaces/red/jobsets";
  await member.must("DELETE", `${jobSets}/pair`, { propagationPolicy: "Background" });
  expect(await lastAnswer(placed, [], patienceMs)).toEqual([]);
});

test("a job is sent to the cluster that can be reached, runs there, and its end comes back", async () => {
  expect(await nodesOf(east, "sent", 2)).toEqual(["away-0", "away-1"]);
  const runs = "Running: in cluster east";
  expect(await lastAnswer(() => toldOf(manager, "sent"), runs, patienceMs)).toBe(runs);
  expect(await podsOf(manager, "sent")).toEqual([]);
  const told = async () => {
    const { status } = await manager.api.get<V1Job>(`${jobs}/sent`);
    return { active: status?.active, ready: status?.ready, succeeded: status?.succeeded };
  };
  expect(await told()).toEqual({ active: 2, ready: 2, succeeded: undefined });
  await finish(east, "sent");
  const finished = async () => (await told()).succeeded;
  expect(await lastAnswer(finished, 2, patienceMs)).toBe(2);
  const nothing = { jobs: [], workloads: [], nodes: [] };
  expect(await lastAnswer(() => teamContents(east, "red"), nothing, patienceMs)).toEqual(nothing);
  expect((await teamContents(manager, "red")).jobs).toContain("sent");
});

test("a job that is deleted here is gone there too", async () => {
  await submit("gone", "away", 1);
  expect(await nodesOf(east, "gone", 1)).toEqual(["away-0"]);
  await member.must("DELETE", `${jobs}/gone`, { propagationPolicy: "Background" });
  const nothing = { jobs: [], workloads: [], nodes: [] };
  expect(await lastAnswer(() => teamContents(east, "red"), nothing, patienceMs)).toEqual(nothing);
  expect((await teamContents(manager, "red")).workloads).not.toContain("gone");
});

test("a job whose cluster is lost is stopped, and runs again once that answers", async () => {
  await submit("lost", "away", 1);
  expect(await nodesOf(east, "lost", 1)).toEqual(["away-0"]);
  const reaches = (text: string) =>
    manager.api.mergePatch(`${secrets}/east-kubeconfig`, { data: kubeconfig(text) });
  // Nobody listens on the first port.
  await reaches(opens().replace(/127\.0\.0\.1:\d+/, "127.0.0.1:1"));
  // Kueue waits for an end of its pods that nobody can tell it.
  const stopped =
    "Admitted: Evicted due to AdmissionCheck in Retry state: " +
    '"multikueue" (Admitting remote lost, Previously: "Ready")';
  expect(await lastAnswer(() => toldOf(manager, "lost"), stopped, patienceMs)).toBe(stopped);
  const [cluster] = (await readStatus(manager)).clusters ?? [];
  expect(cluster).toMatchObject({ name: "east", state: "Unreachable" });
  expect(cluster?.reason).toMatch(/connection refused$/);
  const { spec } = await manager.api.get<V1Job>(`${jobs}/lost`);
  expect(spec?.suspend).toBe(true);
  await reaches(opens());
  const runs = "Running: in cluster east";
  expect(await lastAnswer(() => toldOf(manager, "lost"), runs, patienceMs)).toBe(runs);
  const there = async () => {
    const { nodes, ...objects } = await teamContents(east, "red");
    return { ...objects, pods: nodes.length };
  };
  const once = { jobs: ["lost"], workloads: ["lost"], pods: 1 };
  expect(await lastAnswer(there, once, patienceMs)).toEqual(once);
});
