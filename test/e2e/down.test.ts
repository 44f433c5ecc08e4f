/** What `down` leaves behind: nothing, compared object by object, even while teams' own jobs run and wait. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kueueLabels } from "../../components/catalogue/labels.ts";
import type { PlatformStatus } from "../../embedded/status/platform-status.ts";
import { everyObject, type ListedObject } from "../support/every-object.ts";
import { gangJob } from "../support/gangs.ts";
import { stackResources } from "../support/plain-pulumi.ts";
import { eventually, TestPlatform } from "../support/platform.ts";
import { TeamClient } from "../support/team-client.ts";

/** What Kubernetes itself writes while time passes, whether or not a stack is up. */
const kubernetesOwn: Readonly<Record<string, string>> = {
  Event: "a record of what happened; the API server deletes it after an hour",
  "Event.events.k8s.io": "the same records in their newer group",
  "Lease.coordination.k8s.io": "a heartbeat, renewed every few seconds",
};

const platform = new TestPlatform();
let before: Map<string, string>;

beforeAll(async () => {
  await platform.must("cluster", "up", "--json");
  // The controllers have just started and still write their own defaults.
  let last = new Map<string, string>();
  before = await eventually(
    () => contents(),
    (now) => {
      const isSettled = differences(last, now).length === 0;
      last = now;
      return isSettled;
    },
  );
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
  expect(differences(before, await contents()).length).toBeGreaterThan(150);
  await platform.must("down", "--keep-cluster", "--json");
  expect(differences(before, await contents())).toEqual([]);
  expect(await stackResources(platform)).toEqual([]);
});

test("does not hang on jobs that teams submitted, running and waiting, and leaves none (F62, F64)", async () => {
  await platform.must("up", "--json");
  await submit("language", "sweep", 1);
  await submit("research", "backlog", 2);
  await submitPod("language", "notebook");
  await eventually(workloads, (found) =>
    ["sweep Running", "backlog Waiting", "notebook Running"].every((line) => found.includes(line)),
  );
  const result = JSON.parse((await platform.must("down", "--keep-cluster", "--json")).stdout);
  expect(result).toEqual({ destroyed: true, clusterStopped: false });
  expect(differences(before, await contents())).toEqual([]);
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
  expect(differences(before, await contents())).toEqual([]);
});

/** A hash of each object; what only says when it was written is left out. */
async function contents(): Promise<Map<string, string>> {
  const objects = [...(await everyObject(platform.api))];
  const rows = objects.filter(([key]) => kubernetesOwn[key.split(" ")[0] ?? ""] === undefined);
  return new Map(rows.map(([key, object]) => [key, contentHash(object)]));
}

function contentHash(object: ListedObject): string {
  const { managedFields: _, resourceVersion: __, ...metadata } = object.metadata as Record<string, unknown>;
  return createHash("sha256")
    .update(JSON.stringify({ ...object, metadata }))
    .digest("hex");
}

/** One line per object that is new, gone or changed. */
function differences(old: Map<string, string>, now: Map<string, string>): string[] {
  return [
    ...[...now.keys()].filter((key) => !old.has(key)).map((key) => `new ${key}`),
    ...[...old.keys()].filter((key) => !now.has(key)).map((key) => `gone ${key}`),
    ...[...now]
      .filter(([key, hash]) => old.has(key) && old.get(key) !== hash)
      .map(([key]) => `changed ${key}`),
  ];
}

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
