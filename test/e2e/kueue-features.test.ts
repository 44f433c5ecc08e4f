/** Kueue's further features, typed in a stack file and decided by the real Kueue. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { kueueLabels } from "../../components/catalogue/labels.ts";
import { gangJob } from "../support/gangs.ts";
import { type FeaturePool, featuresStack } from "../support/kueue-features-stack.ts";
import { eventually, lastAnswer, TestPlatform } from "../support/platform.ts";
import { Scenario } from "../support/scenario.ts";
import { TeamClient } from "../support/team-client.ts";

const platform = new TestPlatform();
const members = new Map<string, TeamClient>();
const scenario = (pool: FeaturePool) => new Scenario(platform, members, pool);
const kueue = "/apis/kueue.x-k8s.io/v1beta2";
/** An admission, on a busy machine. */
const patienceMs = 60_000;

beforeAll(async () => {
  await bringUp("past use");
  for (const team of ["red", "blue"]) members.set(team, await TeamClient.of(platform, team, "member"));
});

afterAll(async () => {
  for (const member of members.values()) member.close();
  await platform.remove();
});

async function bringUp(order: Parameters<typeof featuresStack>[0]): Promise<void> {
  await platform.must("up", "--json", "--stack-file", platform.stackFile(featuresStack(order)));
}

test.concurrent("in a tree a team borrows what the top owns, and of a sibling what that lends", async () => {
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

test.concurrent.each([
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

interface LocalQueue {
  readonly spec: { readonly fairSharing?: { readonly weight: string } };
  readonly status?: {
    readonly fairSharing?: {
      readonly admissionFairSharingStatus?: { readonly consumedResources?: Record<string, string> };
    };
  };
}

function projectQueue(project: string): Promise<LocalQueue> {
  return platform.api.get<LocalQueue>(`${kueue}/namespaces/red/localqueues/usage.${project}`);
}

async function usageOf(project: string): Promise<string> {
  const { status } = await projectQueue(project);
  return status?.fairSharing?.admissionFairSharingStatus?.consumedResources?.["nvidia.com/gpu"] ?? "0";
}

/** One project holds the node, and both have a job waiting for it: the other's comes last. */
async function bothWait(run: string): Promise<Scenario> {
  const jobs = scenario("usage");
  await jobs.submit({ team: "red", name: `${run}-first`, project: "vision" });
  await settled(jobs);
  await jobs.submit({ team: "red", name: `${run}-early`, project: "vision" });
  await jobs.submit({ team: "red", name: `${run}-late`, project: "speech" });
  return jobs;
}

async function becomes(jobs: Scenario, want: Readonly<Record<string, string>>): Promise<void> {
  expect(await lastAnswer(() => jobs.states(), want, patienceMs)).toEqual(want);
}

const shortOf = (flavor: string) =>
  `insufficient unused quota for nvidia.com/gpu in flavor ${flavor}, 8 more needed`;

test.concurrent("the project that used less goes first, though its job came later", async () => {
  expect((await projectQueue("vision")).spec.fairSharing).toEqual({ weight: "1" });
  const jobs = await bothWait("usage");
  await eventually(
    () => usageOf("vision"),
    (used) => used !== "0",
    patienceMs,
  );
  expect(await usageOf("speech")).toBe("0");
  await jobs.finish("usage-first");
  await becomes(jobs, {
    "usage-first": "finished",
    "usage-early": shortOf("usage"),
    "usage-late": "runs on usage-0",
  });
  await jobs.finish("usage-late");
  await becomes(jobs, {
    "usage-first": "finished",
    "usage-early": "runs on usage-0",
    "usage-late": "finished",
  });
  await jobs.finish("usage-early");
});

test.concurrent("an elastic gang grows while it runs, without being made anew", async () => {
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
  const before = await eventually(bound, (found) => found.length === 2, patienceMs);
  const spec = { parallelism: 3, completions: 3 };
  await platform.api.mergePatch(`${path}/grows-a`, { spec });
  const after = await eventually(bound, (found) => found.length === 3, patienceMs);
  expect(after.map(({ spec }) => spec.nodeName).sort()).toEqual(["grows-0", "grows-1", "grows-2"]);
  const kept = before.filter(({ metadata }) => after.some((pod) => pod.metadata.uid === metadata.uid));
  expect(kept.length).toBe(2);
});

test("without that order the project whose job came first goes first", async () => {
  await bringUp("arrival");
  const jobs = await bothWait("arrival");
  await jobs.finish("arrival-first");
  await becomes(jobs, {
    "arrival-first": "finished",
    "arrival-early": "runs on usage-0",
    "arrival-late": shortOf("usage"),
  });
});
