/** What `down` leaves behind: nothing, compared object by object, even while teams' own jobs run and wait. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { kueueLabels } from "../../components/catalogue/labels.ts";
import type { PlatformStatus } from "../../embedded/status/platform-status.ts";
import {
  type ClusterContents,
  clusterContents,
  differences,
  quietContents,
} from "../support/cluster-contents.ts";
import { gangJob } from "../support/gangs.ts";
import { stackResources } from "../support/plain-pulumi.ts";
import { eventually, TestPlatform } from "../support/platform.ts";
import { TeamClient } from "../support/team-client.ts";

const platform = new TestPlatform();
let before: ClusterContents;

beforeAll(async () => {
  await platform.must("cluster", "up", "--json");
  before = await quietContents(platform.api);
});
afterAll(() => platform.remove());

test("compares at least every kind of a new cluster", () => {
  const kinds = new Set([...before.keys()].map((key) => key.split(" ")[0]));
  expect(kinds).toContain("CustomResourceDefinition.apiextensions.k8s.io");
  expect(kinds.size).toBeGreaterThanOrEqual(20);
  expect(before.size).toBeGreaterThan(240);
});

test("leaves the cluster as it was before up", async () => {
  await platform.must("up", "--json");
  expect(differences(before, await clusterContents(platform.api)).length).toBeGreaterThan(150);
  await platform.must("down", "--keep-cluster", "--json");
  expect(differences(before, await clusterContents(platform.api))).toEqual([]);
  expect(await stackResources(platform)).toEqual([]);
});

test("does not hang on jobs that teams submitted, and leaves none (F62, F64)", async () => {
  await platform.must("up", "--json");
  await submit("language", "sweep", 1);
  await submit("research", "backlog", 2);
  await submitPod("language", "notebook");
  await eventually(workloads, (found) =>
    ["sweep Running", "backlog Waiting", "notebook Running"].every((line) => found.includes(line)),
  );
  const result = JSON.parse((await platform.must("down", "--keep-cluster", "--json")).stdout);
  expect(result).toEqual({ destroyed: true, clusterStopped: false });
  expect(differences(before, await clusterContents(platform.api))).toEqual([]);
});

test.each(["mutating", "validating"])(
  "leaves no %s webhook that would refuse every pod (F68)",
  async (kind) => {
    const path = `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`;
    expect((await platform.api.list(path)).length).toBe(0);
  },
);

test("is done at once when there is nothing to take down", async () => {
  const { code, stdout } = await platform.run("down", "--keep-cluster", "--json");
  expect([code, JSON.parse(stdout)]).toEqual([0, { destroyed: true, clusterStopped: false }]);
  expect(differences(before, await clusterContents(platform.api))).toEqual([]);
});

const teamGang = { pool: "h100", acceleratorsPerNode: 4 };

/** A job of half a node each, with the rights of a member. */
async function submit(team: string, name: string, nodes: number): Promise<void> {
  const member = await TeamClient.of(platform, team, "member");
  const job = gangJob({ ...teamGang, name, team, nodes, acceleratorsPerNode: nodes === 1 ? 4 : 8 });
  await member.must("POST", `/apis/batch/v1/namespaces/${team}/jobs`, job);
  member.close();
}

/** A pod without a job, on which Kueue puts a finalizer of its own. */
async function submitPod(team: string, name: string): Promise<void> {
  const member = await TeamClient.of(platform, team, "member");
  const { metadata, spec } = gangJob({ ...teamGang, name, team, nodes: 1 }).spec.template;
  const labels = { ...metadata.labels, [kueueLabels.queueName]: teamGang.pool };
  const pod = { metadata: { ...metadata, name, labels }, spec };
  await member.must("POST", `/api/v1/namespaces/${team}/pods`, pod);
  member.close();
}

async function workloads(): Promise<string[]> {
  const { workloads } = JSON.parse((await platform.must("status", "--json")).stdout) as PlatformStatus;
  return workloads.map(({ name, state }) => `${name} ${state}`);
}
