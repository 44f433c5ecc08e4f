/** Kueue's further features, typed in a stack file and decided by the real Kueue. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { kueueLabels } from "../../components/catalogue/labels.ts";
import { accelerator, acceleratorsPerNode, gangJob } from "../support/gangs.ts";
import { eventually, TestPlatform } from "../support/platform.ts";
import { Scenario } from "../support/scenario.ts";
import { TeamClient } from "../support/team-client.ts";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}
interface Queue {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

const platform = new TestPlatform();
const members = new Map<string, TeamClient>();
const pools = { tree: 4, low: 3, normal: 3, grows: 3, away: 1, ready: 1 };
const scenario = (pool: keyof typeof pools) => new Scenario(platform, members, pool);
const kueue = "/apis/kueue.x-k8s.io/v1beta2";

beforeAll(async () => {
  const quota = (pool: keyof typeof pools, nodes: number, borrowed = 0) => ({
    pool,
    accelerators: nodes * acceleratorsPerNode,
    borrowingLimit: borrowed * acceleratorsPerNode,
  });
  const stack = platform.stackFile({
    environment: "local",
    pools: Object.entries(pools).map(([name, nodes]) => ({ name, accelerator, nodes, acceleratorsPerNode })),
    queueing: {
      cohorts: ["lab", "shop", "company"],
      cohortTree: [
        { cohort: "lab", parent: "company" },
        { cohort: "shop", parent: "company", quotas: [{ pool: "tree", accelerators: 0, lendingLimit: 8 }] },
        {
          cohort: "company",
          quotas: ["tree", "low", "normal"].map((pool) => ({ pool, accelerators: acceleratorsPerNode })),
        },
      ],
      preemption: { borrowing: { highestPreempted: "low" } },
      admissionFairSharing: { usageHalfLifeSeconds: 60, usageSamplingSeconds: 1 },
      elasticJobs: true,
      podsReady: { timeoutSeconds: 30, retries: 1, backoffBaseSeconds: 1, backoffMaxSeconds: 1 },
      multiKueue: { pools: ["away"], clusters: [{ name: "east", kubeconfigSecret: "east-kubeconfig" }] },
    },
    teams: [
      {
        name: "red",
        costCenter: "cc-1",
        cohort: "lab",
        projects: [{ name: "vision" }, { name: "speech" }],
        quotas: [
          quota("tree", 1, 2),
          quota("low", 1, 1),
          quota("normal", 1, 1),
          quota("grows", 3),
          quota("away", 1),
          quota("ready", 1),
        ],
      },
      {
        name: "blue",
        costCenter: "cc-2",
        cohort: "shop",
        quotas: [quota("tree", 2), quota("low", 1, 1), quota("normal", 1, 1)],
      },
    ],
  });
  await platform.must("up", "--stack-file", stack, "--json");
  for (const team of ["red", "blue"]) members.set(team, await TeamClient.of(platform, team, "member"));
});

afterAll(async () => {
  for (const member of members.values()) member.close();
  await platform.remove();
});

test("in a tree a team borrows what the top owns, and of a sibling only what that lends", async () => {
  const jobs = scenario("tree");
  // One node of its own, one of the company's, one that shop lends; shop keeps its other.
  for (const name of ["a", "b", "c", "d"]) await jobs.submit({ team: "red", name });
  const states = await settled(jobs);
  expect(["a", "b", "c"].map((name) => states[name])).toEqual([
    "runs on tree-0",
    "runs on tree-1",
    "runs on tree-2",
  ]);
  expect(states.d).toMatch(/insufficient unused quota for nvidia.com\/gpu in flavor tree, 8 more needed$/);
  await jobs.submit({ team: "blue", name: "e" });
  expect((await settled(jobs)).e).toBe("runs on tree-3");
});

/** What each job does, once every job that was admitted has its node. */
function settled(jobs: Scenario): Promise<Record<string, string>> {
  return eventually(
    () => jobs.states(),
    (states) => !Object.values(states).some((state) => /^runs on (no node)?$/.test(state)),
    60_000,
  );
}

test.each([
  { priority: "low", urgent: /^runs on low-1$/, borrowed: /^preempted \(InCohortReclaimWhileBorrowing\)/ },
  { priority: "normal", urgent: /^insufficient unused quota/, borrowed: /^runs on normal-1$/ },
] as const)(
  "a borrower preempts others that borrow at low priority, and none above: $priority",
  async ({ priority, urgent, borrowed }) => {
    const jobs = scenario(priority);
    await jobs.submit({ team: "blue", name: "owned" });
    await jobs.submit({ team: "blue", name: "borrowed", priority });
    // As urgent as the one that comes: within its queue there is nobody to preempt.
    await jobs.submit({ team: "red", name: "own", priority: "high" });
    await jobs.submit({ team: "red", name: "urgent", priority: "high" });
    const states = await settled(jobs);
    expect(states.owned).toBe(`runs on ${priority}-0`);
    expect(states.own).toBe(`runs on ${priority}-2`);
    expect(states.urgent).toMatch(urgent);
    expect(states.borrowed).toMatch(borrowed);
  },
);

test("projects have queues of their own, and Kueue keeps account of what each used", async () => {
  interface LocalQueue {
    readonly spec: { readonly fairSharing?: { readonly weight: string } };
    readonly status?: {
      readonly fairSharing?: {
        readonly admissionFairSharingStatus?: { readonly consumedResources?: Record<string, string> };
      };
    };
  }
  const queue = () => platform.api.get<LocalQueue>(`${kueue}/namespaces/red/localqueues/ready.vision`);
  expect((await queue()).spec.fairSharing).toEqual({ weight: "1" });
  const job = gangJob({ name: "project", team: "red", pool: "ready", nodes: 1 });
  const labels = { ...job.metadata.labels, [kueueLabels.queueName]: "ready.vision" };
  const jobs = "/apis/batch/v1/namespaces/red/jobs";
  await members.get("red")?.must("POST", jobs, { ...job, metadata: { ...job.metadata, labels } });
  const used = await eventually(
    async () =>
      (await queue()).status?.fairSharing?.admissionFairSharingStatus?.consumedResources?.["nvidia.com/gpu"],
    (amount) => amount !== undefined && amount !== "0",
    60_000,
  );
  expect(used).toBeDefined();
});

test("an elastic gang grows while it runs, without being made anew", async () => {
  const path = "/apis/batch/v1/namespaces/red/jobs";
  const gang = gangJob({ name: "grows-a", team: "red", pool: "grows", nodes: 2 });
  const annotations = { ...gang.metadata.annotations, [kueueLabels.elasticJob]: "true" };
  const job = { ...gang, metadata: { ...gang.metadata, annotations } };
  await members.get("red")?.must("POST", path, job);
  const pods = () =>
    platform.api.list<{ metadata: { uid: string }; spec: { nodeName?: string } }>(
      "/api/v1/namespaces/red/pods?labelSelector=batch.kubernetes.io%2Fjob-name%3Dgrows-a",
    );
  const bound = async () => (await pods()).filter(({ spec }) => spec.nodeName);
  const before = await eventually(bound, (found) => found.length === 2, 60_000);
  const spec = { parallelism: 3, completions: 3 };
  await platform.api.mergePatch(`${path}/grows-a`, { spec });
  const after = await eventually(bound, (found) => found.length === 3, 60_000);
  expect(after.map(({ spec }) => spec.nodeName).sort()).toEqual(["grows-0", "grows-1", "grows-2"]);
  const kept = before.filter(({ metadata }) => after.some((pod) => pod.metadata.uid === metadata.uid));
  expect(kept.length).toBe(2);
});

test("jobs for another cluster wait until that can be reached", async () => {
  const conditions = (queue: Queue) => queue.status?.conditions ?? [];
  const active = await eventually(
    async () => conditions(await platform.api.get<Queue>(`${kueue}/clusterqueues/red-away`)),
    (found) => found.some(({ type }) => type === "Active"),
  );
  expect(active.map(({ type, status, reason }) => [type, status, reason])).toEqual([
    ["Active", "False", "AdmissionCheckInactive"],
  ]);
});
