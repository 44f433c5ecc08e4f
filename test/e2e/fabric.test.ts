/** The network between nodes for real: gangs get it with their accelerators, and nobody past a quota. */
import type { V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { acceleratorTaint } from "../../components/cluster/local-node.ts";
import { readPlatformStatus } from "../../embedded/status/platform-status.ts";
import { placeholder } from "../support/builders.ts";
import { removeJob } from "../support/gang-watch.ts";
import { accelerator, acceleratorsPerNode } from "../support/gangs.ts";
import { efa } from "../support/network.ts";
import { eventually, TestPlatform } from "../support/platform.ts";
import { TeamClient } from "../support/team-client.ts";

const team = "research";
const whole = { "nvidia.com/gpu": "8", "vpc.amazonaws.com/efa": "4", "hugepages-2Mi": "5Gi" };
const backends = ["kueue", "volcano"] as const;
type Backend = (typeof backends)[number];

function stack(backend: Backend, jobs: readonly object[]) {
  const place = { team, pool: "h100", acceleratorsPerNode, image: placeholder };
  return {
    environment: "local",
    pools: [{ name: "h100", accelerator, nodes: 4, acceleratorsPerNode, fabric: efa }],
    queueing: { backend, cohorts: ["platform"] },
    teams: [
      { name: team, costCenter: "cc-1", cohort: "platform", quotas: [{ pool: "h100", accelerators: 24 }] },
    ],
    jobs: jobs.map((job) => ({ ...place, ...job })),
  };
}

const platforms = { kueue: new TestPlatform(), volcano: new TestPlatform() };

afterAll(async () => {
  for (const platform of Object.values(platforms)) await platform.remove();
});

/** Devices of each pod of a job that has a node; none of others. */
async function devices(platform: TestPlatform, job: string) {
  const pods = await platform.api.list<V1Pod>(`/api/v1/namespaces/${team}/pods`);
  const own = pods.filter(({ metadata, spec }) => metadata?.name?.startsWith(`${job}-`) && spec?.nodeName);
  return own.map(({ spec }) => {
    const { cpu: _, memory: __, ...rest } = spec?.containers[0]?.resources?.limits ?? {};
    return rest;
  });
}

function placed(platform: TestPlatform, job: string, pods: number) {
  return eventually(
    () => devices(platform, job),
    (found) => found.length === pods,
    90_000,
  );
}

describe.each(backends)("%s", (backend) => {
  const platform = platforms[backend];

  beforeAll(async () => {
    const jobs = [
      { name: "pretrain", nodes: 2, priority: "high" },
      { name: "alone", nodes: 1, priority: "high" },
    ];
    await platform.must("up", "--stack-file", platform.stackFile(stack(backend, jobs)), "--json");
    await placed(platform, "pretrain", 2);
    await placed(platform, "alone", 1);
    const third = [...jobs, { name: "ablation", nodes: 2 }];
    await platform.must("up", "--stack-file", platform.stackFile(stack(backend, third)), "--json");
  });

  test("each pod of a gang over two nodes has their network; a pod alone has none of it", async () => {
    expect(await devices(platform, "pretrain")).toEqual([whole, whole]);
    expect(await devices(platform, "alone")).toEqual([{ "nvidia.com/gpu": "8" }]);
  });

  test("a third gang waits for accelerators, and runs with its network once they are free", async () => {
    expect(await devices(platform, "ablation")).toEqual([]);
    if (backend === "kueue") {
      const { workloads } = await readPlatformStatus(platform.api);
      const reason = workloads.find(({ name }) => name === "ablation")?.reason;
      expect(reason).toContain("insufficient unused quota for nvidia.com/gpu in flavor h100");
      await removeJob(platform.api, team, "pretrain");
    } else {
      await platform.api.remove(`/apis/batch.volcano.sh/v1alpha1/namespaces/${team}/jobs/pretrain`);
    }
    expect(await placed(platform, "ablation", 2)).toEqual([whole, whole]);
  });
});

/** A pod of a user's own that takes a node's network and none of its accelerators. */
function networkPod(name: string, more: object = {}) {
  const size = { cpu: "1", memory: "1Gi", "vpc.amazonaws.com/efa": "4" };
  return {
    metadata: { name, namespace: team, labels: { "kueue.x-k8s.io/queue-name": "h100" } },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      tolerations: [{ ...acceleratorTaint(accelerator), operator: "Equal" }],
      containers: [
        {
          name: "main",
          image: placeholder,
          resources: { requests: size, limits: size },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
      ...more,
    },
  };
}

const pods = `/api/v1/namespaces/${team}/pods`;

test("Kueue: pods outside of a gang take the network from their team's quota, and no more", async () => {
  const platform = platforms.kueue;
  const member = await TeamClient.of(platform, team, "member");
  await member.must("POST", pods, networkPod("first"));
  const isPlaced = async (name: string) =>
    (await platform.api.get<V1Pod>(`${pods}/${name}`)).spec?.nodeName !== undefined;
  await eventually(
    () => isPlaced("first"),
    (found) => found,
  );
  await member.must("POST", pods, networkPod("second"));
  member.close();
  const workload = await eventually(
    async () => {
      const { workloads } = await readPlatformStatus(platform.api);
      return workloads.find(({ name }) => name === "second")?.reason ?? "";
    },
    (reason) => reason.includes("quota"),
  );
  expect(workload).toContain("insufficient unused quota for vpc.amazonaws.com/efa in flavor h100");
  expect(await isPlaced("second")).toBe(false);
});

test("Volcano: a pod gets no network without the accelerators that it goes with", async () => {
  const member = await TeamClient.of(platforms.volcano, team, "member");
  const answer = await member.send("POST", pods, networkPod("first", { schedulerName: "volcano" }));
  member.close();
  expect([answer.status, answer.body.message]).toEqual([
    422,
    expect.stringContaining("ask for no more of it than 4 with 8 nvidia.com/gpu"),
  ]);
});
