/** DRA: claims of teams, counted by the queue and allocated by the real scheduler on simulated devices. */
import type { V1Node, V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubeObject } from "../../embedded/cluster/kube-api.ts";
import { ClusterView } from "../../embedded/scheduler-extender/cluster-view.ts";
import { SchedulerExtender } from "../../embedded/scheduler-extender/extender.ts";
import { followCluster } from "../../embedded/scheduler-extender/follow-cluster.ts";
import type { ResourceClaim, ResourceSlice } from "../../embedded/status/claim-objects.ts";
import { claimsStack, firstJobs, laterJobs, waitingJobs } from "../support/claims-stack.ts";
import { changeSummary } from "../support/engine-output.ts";
import { recordEngineWrites } from "../support/engine-writes.ts";
import { eventually, lastAnswer, TestPlatform } from "../support/platform.ts";
import { TeamClient } from "../support/team-client.ts";
import { readStatus, toldStates } from "../support/told-states.ts";

const view = new ClusterView();
const extender = new SchedulerExtender(view);
const stopped = new AbortController();
const platform = new TestPlatform({ PLINTH_SCHEDULER_EXTENDER: await extender.listen() });
const resources = "/apis/resource.k8s.io/v1";
const allJobs = [...firstJobs, ...laterJobs, ...waitingJobs];

function stackFile(jobs: readonly object[]): string {
  return platform.stackFile(claimsStack(jobs));
}

beforeAll(async () => {
  await platform.must("cluster", "up");
  await followCluster(platform.api, view, stopped.signal);
  await platform.must("up", "--json", "--stack-file", stackFile(firstJobs));
  await settles(running(firstJobs));
  await platform.must("up", "--json", "--stack-file", stackFile([...firstJobs, ...laterJobs]));
  await settles(running([...firstJobs, ...laterJobs]));
  await platform.must("up", "--json", "--stack-file", stackFile(allJobs));
});
afterAll(async () => {
  stopped.abort();
  await extender.close();
  await platform.remove();
});

function running(jobs: readonly { name: string; nodes: number }[]): Record<string, string> {
  return Object.fromEntries(jobs.map(({ name, nodes }) => [name, `${nodes} of ${nodes} pods`]));
}

const status = () => readStatus(platform);

/** By job: how many of its pods run, or what is short of its device. */
async function states(): Promise<Record<string, string>> {
  return toldStates(await status(), /for nvidia\.com\/\S+ in flavor \S+, \S+ more needed/);
}

async function settles(want: Readonly<Record<string, string>>): Promise<void> {
  expect(await lastAnswer(states, want, 60_000)).toEqual(want);
}

const waiting = {
  more: "for nvidia.com/gpu in flavor cards, 1 more needed",
  sliver: "for nvidia.com/mig.memory in flavor parts, 9728Mi more needed",
  late: "for nvidia.com/gpu.memory in flavor shared, 928Mi more needed",
};

test("what fits the quotas runs; the rest waits, and is told what there is too little of", async () => {
  await settles({ ...running([...firstJobs, ...laterJobs]), ...waiting });
});

/** Device, or part of it, by job. */
async function held(): Promise<string[]> {
  const { allocations = [] } = await status();
  return allocations.map(({ node, device, memoryGiB, team, pod }) => {
    const jobOf = pod.replace(/-\d+-[a-z0-9]{5}$/, "");
    return [node, device, memoryGiB, team, jobOf].join(" ");
  });
}

test("the real scheduler gave each pod a device of its own, partitions and shares included", async () => {
  const rows = await held();
  const [whole, parts] = [
    rows.filter((row) => row.startsWith("cards-")),
    rows.filter((row) => !row.startsWith("cards-")),
  ];
  // Which of the two equal nodes the gang of one pod is on is the scheduler's to choose.
  const pretrain = /^(cards-\d)/.exec(whole.find((row) => row.endsWith("pretrain")) ?? "")?.[1];
  const tune = pretrain === "cards-0" ? "cards-1" : "cards-0";
  expect(new Set(whole)).toEqual(
    new Set([
      `${pretrain} gpu-0 79.65 red pretrain`,
      `${pretrain} gpu-1 79.65 red pretrain`,
      `${tune} gpu-0 79.65 blue tune`,
      `${tune} gpu-1 79.65 blue tune`,
    ]),
  );
  expect(parts).toEqual([
    "parts-0 gpu-0-mig-3g40gb-9-4 39.5 red medium",
    "parts-0 gpu-0-mig-4g40gb-5-0 39.5 red large",
    "parts-0 gpu-1-mig-7g80gb-0-0 79.25 blue huge",
    "shared-0 gpu-0 10 red serve",
    "shared-0 gpu-0 10 red serve",
    "shared-0 gpu-0 2.4 red small",
  ]);
});

test("jobs name the scheduler that wastes least: shares fill one accelerator before the next", async () => {
  const pods = await platform.api.list<V1Pod & KubeObject>("/api/v1/namespaces/red/pods");
  const placed = pods
    .filter(({ spec }) => spec?.nodeName?.startsWith("shared-"))
    .map(({ spec }) => [spec?.schedulerName, spec?.nodeName].join(" "));
  // The gang of two and the job that came later; a cluster's own scheduler spreads them.
  expect(placed).toEqual(Array(3).fill("plinth-waste shared-0"));
  expect(view.freeNode("shared-0")?.gpuMilli).toEqual([4]);
  expect(view.freeNode("shared-1")?.gpuMilli).toEqual([1000]);
});

test("status counts pools and queues in accelerators and parts of them", async () => {
  const { pools, queues, workloads } = await status();
  expect(
    pools.map((pool) => [pool.name, pool.resource, pool.nodes, pool.total, pool.used, pool.free].join(" ")),
  ).toEqual([
    "cards gpu.nvidia.com 2 4 4 0",
    "parts mig.nvidia.com 1 2 2 0",
    "plugged nvidia.com/gpu 1 1 1 0",
    "shared gpu-share.plinth.dev 2 2 1 1",
  ]);
  expect(queues.map(({ name, nominal, used, pending }) => [name, nominal, used, pending].join(" "))).toEqual([
    "blue-cards 2 2 1",
    "blue-parts 1 1 0",
    "red-cards 2 2 0",
    "red-parts 1 1 1",
    "red-plugged 1 1 0",
    "red-shared 1 1 1",
  ]);
  expect(workloads.find(({ name }) => name === "pretrain")?.accelerators).toBe(2);
});

test("nodes of DRA pools offer nothing to requests, and keep the device plugin away", async () => {
  const node = (name: string) => platform.api.get<V1Node>(`/api/v1/nodes/${name}`);
  const { metadata, status: own } = await node("parts-0");
  expect(Object.keys(own?.allocatable ?? {}).sort()).toEqual(["cpu", "memory", "pods"]);
  const labels = Object.entries(metadata?.labels ?? {}).filter(([key]) =>
    /deploy\.(dev|mig)|mig\./.test(key),
  );
  expect(Object.fromEntries(labels)).toEqual({
    "nvidia.com/gpu.deploy.device-plugin": "false",
    "nvidia.com/gpu.deploy.mig-manager": "false",
    "nvidia.com/mig.capable": "true",
    "nvidia.com/mig.strategy": "single",
  });
  expect((await node("plugged-0")).status?.allocatable?.["nvidia.com/gpu"]).toBe("1");
  const slices = await platform.api.list<ResourceSlice>(`${resources}/resourceslices`);
  expect(slices.map((slice) => slice.metadata?.name).sort()).toEqual([
    "cards-0-gpu.nvidia.com",
    "cards-1-gpu.nvidia.com",
    "parts-0-gpu.nvidia.com-counters-0",
    "parts-0-gpu.nvidia.com-gpu-0",
    "parts-0-gpu.nvidia.com-gpu-1",
    "shared-0-gpu.nvidia.com",
    "shared-1-gpu.nvidia.com",
  ]);
});

/** A pod that nobody queues, with one partition of the only node that has them. */
function stranger(profile: string) {
  const name = `stranger-${profile.replace(".", "-")}`;
  const expression = `device.attributes['gpu.nvidia.com'].profile == '${profile}'`;
  const exactly = { deviceClassName: "mig.nvidia.com", selectors: [{ cel: { expression } }] };
  const claim = { metadata: { name }, spec: { devices: { requests: [{ name: "part", exactly }] } } };
  const pod = {
    metadata: { name },
    spec: {
      tolerations: [{ key: "nvidia.com/gpu", operator: "Exists" }],
      resourceClaims: [{ name: "part", resourceClaimName: name }],
      containers: [{ name: "main", image: "none", resources: { claims: [{ name: "part" }] } }],
    },
  };
  return { name, claim, pod };
}

const named = (object: object, kind: string, apiVersion: string) =>
  ({ apiVersion, kind, ...object }) as KubeObject;

async function arrive(profile: string): Promise<string> {
  const { name, claim, pod } = stranger(profile);
  await platform.api.create(
    `${resources}/namespaces/default/resourceclaims`,
    named(claim, "ResourceClaim", "resource.k8s.io/v1"),
  );
  await platform.api.create("/api/v1/namespaces/default/pods", named(pod, "Pod", "v1"));
  return name;
}

async function deviceOf(name: string): Promise<string | undefined> {
  const claim = await platform.api.get<ResourceClaim>(
    `${resources}/namespaces/default/resourceclaims/${name}`,
  );
  return claim.status?.allocation?.devices?.results?.[0]?.device;
}

test("partitions of one card exclude each other, whoever asks for them", async () => {
  const name = await arrive("1g.10gb");
  const { status: own } = await eventually(
    () => platform.api.get<V1Pod>(`/api/v1/namespaces/default/pods/${name}`),
    (pod) => pod.status?.conditions?.some(({ type }) => type === "PodScheduled") ?? false,
  );
  expect(own?.conditions?.find(({ type }) => type === "PodScheduled")?.message).toContain(
    "cannot allocate all claims",
  );
  expect(await deviceOf(name)).toBeUndefined();
});

test("a team gets claims from templates that its queue counted, and in no other way", async () => {
  const member = await TeamClient.of(platform, "red", "member");
  const own = `${resources}/namespaces/red`;
  const requests = [{ name: "all", exactly: { deviceClassName: "gpu.nvidia.com" } }];
  const claim = {
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceClaim",
    metadata: { name: "mine" },
    spec: { devices: { requests } },
  };
  expect((await member.send("POST", `${own}/resourceclaims`, claim)).status).toBe(403);
  const template = {
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceClaimTemplate",
    metadata: { name: "mine" },
    spec: { spec: { devices: { requests } } },
  };
  const owner = {
    apiVersion: "v1",
    kind: "ConfigMap",
    name: "mine",
    uid: "00000000-0000-4000-8000-000000000000",
  };
  const owned = { ...template, metadata: { name: "mine", ownerReferences: [owner] } };
  const refused = await member.send("POST", `${own}/resourceclaimtemplates`, owned);
  expect(refused.body.message).toContain("templates of claims have no owner");
  expect((await member.send("POST", `${own}/resourceclaimtemplates`, template)).status).toBe(201);
  expect((await member.send("DELETE", `${own}/resourceclaimtemplates/mine`)).status).toBe(403);
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "guest", labels: { "kueue.x-k8s.io/queue-name": "cards" } },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      resourceClaims: [{ name: "theirs", resourceClaimName: "any" }],
      containers: [
        {
          name: "main",
          image: "none",
          resources: { claims: [{ name: "theirs" }] },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
  const guest = await member.send("POST", "/api/v1/namespaces/red/pods", pod);
  expect([guest.status, guest.body.message]).toEqual([
    422,
    expect.stringContaining("a pod gets its claims from templates"),
  ]);
});

test("a second up changes nothing", async () => {
  const writes = recordEngineWrites(platform.state);
  const { stdout } = await platform.must("up", "--stack-file", stackFile(allJobs));
  expect(changeSummary(stdout)).toEqual([expect.stringMatching(/^\d+ unchanged$/)]);
  expect(writes()).toEqual([]);
});

test("jobs that go give their devices back, to whoever waits for them", async () => {
  const left = allJobs.filter(({ name }) => !["medium", "tune", "serve"].includes(name));
  await platform.must("up", "--json", "--stack-file", stackFile(left));
  await settles(running(left));
  const rows = await held();
  expect(rows.filter((row) => /medium|tune|serve/.test(row))).toEqual([]);
  // Its quota may be free before the devices are.
  expect(rows.filter((row) => row.endsWith("late"))).toEqual([
    expect.stringMatching(/^shared-[01] gpu-0 1 red late$/),
  ]);
  expect(rows.filter((row) => !row.startsWith("cards-") && !row.endsWith("late"))).toEqual([
    expect.stringMatching(/^parts-0 gpu-0-mig-1g10gb-19-[4-6] 9.75 default stranger-1g-10gb$/),
    expect.stringMatching(/^parts-0 gpu-0-mig-1g10gb-19-[4-6] 9.75 red sliver$/),
    "parts-0 gpu-0-mig-4g40gb-5-0 39.5 red large",
    "parts-0 gpu-1-mig-7g80gb-0-0 79.25 blue huge",
    "shared-0 gpu-0 2.4 red small",
  ]);
});
