import type { V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kueueLabels } from "../../components/catalogue/labels.ts";
import type { KubeObject } from "../../embedded/cluster/kube-api.ts";
import { fairRows, greedyRow, sharedGreed } from "../support/fair-sharing-rows.ts";
import { accelerator, acceleratorsPerNode, gangJob } from "../support/gangs.ts";
import { eventually, lastAnswer, TestPlatform } from "../support/platform.ts";
import { type Row, room, type TeamName } from "../support/queueing-row.ts";
import { plainRows, spare } from "../support/queueing-rows.ts";
import { Scenario } from "../support/scenario.ts";
import { TeamClient } from "../support/team-client.ts";
import { nvlinkRow } from "../support/topology-rows.ts";

const platform = new TestPlatform();
const members = new Map<string, TeamClient>();
const weights: Record<TeamName, number> = { red: 1, blue: 1, gold: 2 };
/** A Kueue that has just begun anew decides late on a busy machine. */
const patienceMs = 180_000;
const greedy = new Scenario(platform, members, greedyRow.pool);
const joined = new Scenario(platform, members, nvlinkRow.pool);
const [unjoinedStep, ...joinedSteps] = nvlinkRow.steps;

beforeAll(async () => {
  await platform.must("up", "--stack-file", stackFile(false), "--json");
  for (const team of Object.keys(weights)) members.set(team, await TeamClient.of(platform, team, "member"));
});

afterAll(async () => {
  for (const member of members.values()) member.close();
  await platform.remove();
});

describe("first come, first served", () => {
  test.concurrent.each(plainRows)("$case", (row) => play(row));
  test.concurrent("without fair sharing: the first to come borrows everything", () =>
    play(greedyRow, greedy));
  test.concurrent("a room whose NVLink nobody has stated yet", () =>
    play({ ...nvlinkRow, steps: nvlinkRow.steps.slice(0, 1) }, joined));

  test("status tells why a job waits, in Kueue's own words about every resource", async () => {
    const { stdout } = await platform.must("status", "--json");
    const { workloads } = JSON.parse(stdout) as { workloads: { name: string; reason: string }[] };
    expect(workloads.find(({ name }) => name === "nominal-red-c")?.reason).toBe(
      "couldn't assign flavors to pod set main: " +
        "insufficient unused quota for cpu in flavor nominal, 169100m more needed, " +
        "insufficient unused quota for memory in flavor nominal, 2075486Mi more needed, " +
        "insufficient unused quota for nvidia.com/gpu in flavor nominal, 8 more needed",
    );
  });

  test("a job without a queue does not run in a team's namespace", async () => {
    const job = gangJob({ name: "stray", team: "red", pool: "spare", nodes: 1 });
    const { [kueueLabels.queueName]: _, ...labels } = job.metadata.labels;
    const jobs = "/apis/batch/v1/namespaces/red/jobs";
    await members.get("red")?.must("POST", jobs, { ...job, metadata: { ...job.metadata, labels } });
    const scenario = new Scenario(platform, members, "stray");
    await eventually(
      () => scenario.stateOf("red", "stray"),
      (state) => state === "LocalQueue  doesn't exist",
    );
    const stored = await platform.api.get<{ spec: { suspend: boolean } }>(`${jobs}/stray`);
    expect(stored.spec.suspend).toBe(true);
  });
});

describe("fair sharing", () => {
  let before: unknown;

  beforeAll(async () => {
    before = await placement();
    await platform.must("up", "--stack-file", stackFile(true), "--json");
  });

  test("NVLink stated later moves no job, and gangs that need it wait for a domain of it", async () => {
    expect(await placement()).toEqual(before);
    await settles(joined, unjoinedStep?.want ?? {});
    await play({ ...nvlinkRow, steps: joinedSteps }, joined);
  });

  test("a preview that would give a flavor another Topology is refused, with the way out", async () => {
    const file = stackFile(true, { sharing: { mode: "dra" } });
    const { code, stdout, stderr } = await platform.run("preview", "--stack-file", file);
    expect(code).not.toBe(0);
    const told = stdout + stderr;
    expect(told).toContain('ResourceFlavor "spare": 1 problem in the configuration');
    expect(told).toMatch(/topologyName\s+given {4}none\s+allowed {2}"default"/);
  });

  test("what the first took alone is divided as soon as it is on", () => settles(greedy, sharedGreed));
  test.concurrent.each(fairRows)("$case", (row) => play(row));
});

/** Levels and flavors as they were made, and which pods run where. */
async function placement() {
  const kueue = "/apis/kueue.x-k8s.io/v1beta2";
  const [topologies, flavors, pods] = await Promise.all([
    platform.api.list<KubeObject>(`${kueue}/topologies`),
    platform.api.list<KubeObject>(`${kueue}/resourceflavors`),
    platform.api.list<V1Pod>(`/api/v1/namespaces/red/pods`),
  ]);
  const made = [...topologies, ...flavors].map(({ metadata }) => [metadata?.name, metadata?.uid]);
  const ofRow = pods.filter(({ metadata }) => metadata?.name?.startsWith(`${nvlinkRow.pool}-`));
  return { made, running: ofRow.map(({ metadata, spec }) => [metadata?.uid, spec?.nodeName]) };
}

/** All rows' pools in one stack; what comes later comes at once. */
function stackFile(later: boolean, sparePool: object = {}): string {
  const pools = [...plainRows, nvlinkRow, greedyRow, ...fairRows, spare];
  const { nodesPerNvlinkDomain, ...unjoined } = room;
  return platform.stackFile({
    environment: "local",
    topology: later ? room : unjoined,
    pools: pools.map(({ pool, nodes }) => ({
      ...{ name: pool, accelerator, nodes, acceleratorsPerNode },
      ...(pool === spare.pool ? sparePool : {}),
    })),
    queueing: { cohorts: ["platform"], fairSharing: later },
    teams: Object.entries(weights).map(([name, fairSharingWeight]) => ({
      name,
      costCenter: "cc-1",
      cohort: "platform",
      fairSharingWeight,
      quotas: pools.flatMap(({ pool, quotas }) => {
        const quota = quotas[name as TeamName];
        return quota ? [{ pool, ...quota }] : [];
      }),
    })),
  });
}

async function play(row: Row, scenario = new Scenario(platform, members, row.pool)): Promise<void> {
  for (const step of row.steps) {
    for (const job of step.submit ?? []) await scenario.submit(job);
    for (const name of step.finish ?? []) await scenario.finish(name);
    await settles(scenario, step.want);
  }
}

async function settles(scenario: Scenario, want: Readonly<Record<string, string>>): Promise<void> {
  expect(await lastAnswer(() => scenario.states(), want, patienceMs)).toEqual(want);
}
