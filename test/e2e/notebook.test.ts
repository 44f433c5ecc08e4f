/** Notebooks on the real Kueue, stopped by the real culler; only their Jupyter servers are a stand-in. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { V1PersistentVolumeClaim, V1Pod, V1Secret, V1StatefulSet } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { images } from "../../components/catalogue/versions.ts";
import { readPlatformStatus } from "../../embedded/status/platform-status.ts";
import { recordEngineWrites } from "../support/engine-writes.ts";
import { removeJob } from "../support/gang-watch.ts";
import { accelerator, acceleratorsPerNode, gangJob } from "../support/gangs.ts";
import { JupyterServers, type Kernel, minutesAgo } from "../support/jupyter-servers.ts";
import { plainPulumi } from "../support/plain-pulumi.ts";
import { eventually, TestPlatform } from "../support/platform.ts";
import { TeamClient } from "../support/team-client.ts";

const jupyter = new JupyterServers();
const team = "research";
const pool = "h100";
const image = images.placeholder.reference;
/** The culler looks every half minute. */
const patienceMs = 120_000;

let platform: TestPlatform;
let member: TeamClient;

const lab = {
  name: "lab",
  team,
  pool,
  owner: "ada@example.com",
  accelerators: 8,
  image,
  cullAfterIdleMinutes: 30,
};
const desk = { name: "desk", team, pool, owner: "bo@example.com", image, keepStorage: false };
const annex = { ...lab, name: "annex", owner: "bo@example.com" };

beforeAll(async () => {
  platform = new TestPlatform({ PLINTH_POD_PROXY: await jupyter.start() });
  await up(lab, desk);
  member = await TeamClient.of(platform, team, "member");
  // The lab's server does not answer yet: it is left running.
  await serve("desk", [{ last_activity: minutesAgo(1), execution_state: "idle" }]);
});

afterAll(async () => {
  jupyter.stop();
  member?.close();
  await platform.remove();
});

test("notebooks are admitted and placed, each on a disk of its pool (F84)", async () => {
  await settles("lab", "Running", "1 of 1 pods on 1 node");
  await settles("desk", "Running", "1 of 1 pods on 1 node");
  const { spec } = await pod("lab");
  expect(spec?.nodeName).toMatch(/^h100-/);
  expect(spec?.containers[0]?.resources?.limits?.["nvidia.com/gpu"]).toBe("8");
  const claim = await platform.api.get<V1PersistentVolumeClaim>(claimPath("lab"));
  expect(claim.metadata?.annotations?.["volume.kubernetes.io/selected-node"]).toBe(spec?.nodeName);
  expect(claim.status?.phase).toBe("Bound");
});

test("a notebook without accelerators is told to see none (F110)", async () => {
  const container = (await pod("desk")).spec?.containers[0];
  expect(container?.env).toContainEqual({ name: "NVIDIA_VISIBLE_DEVICES", value: "void" });
  expect(Object.keys(container?.resources?.limits ?? {})).toEqual(["cpu", "memory"]);
});

test("its token is its owner's to read, and stands in clear nowhere (F96)", async () => {
  const token = await tokenOf("lab");
  expect(token).toMatch(/^[0-9a-f]{48}$/);
  const rights = (user: string) =>
    Promise.all([
      isAllowed(user, { resource: "secrets", name: "lab-token", verb: "get" }),
      isAllowed(user, { resource: "pods", subresource: "portforward", name: "lab-0", verb: "get" }),
      isAllowed(user, { resource: "secrets", name: "desk-token", verb: "get" }),
      isAllowed(user, { resource: "pods", subresource: "exec", name: "lab-0", verb: "create" }),
      isAllowed(user, {
        group: "apps",
        resource: "statefulsets",
        subresource: "scale",
        name: "lab",
        verb: "patch",
      }),
      isAllowed(user, { group: "apps", resource: "statefulsets", name: "lab", verb: "patch" }),
    ]);
  expect(await rights("ada@example.com")).toEqual([true, true, false, false, true, false]);
  expect(await rights("bo@example.com")).toEqual([false, false, true, false, false, false]);
  const { stdout: state } = await plainPulumi(platform, ["stack", "export", "--stack", "local"]);
  expect(state).toContain("lab-token");
  const texts = [state, JSON.stringify([await statefulSet("lab"), await pod("lab")])];
  for (const secret of [token, Buffer.from(token).toString("base64")]) {
    expect(texts.filter((text) => text.includes(secret))).toEqual([]);
  }
});

test("over quota it waits and says why; an idle one stops, and gives way to who waits", async () => {
  await up(lab, desk, annex);
  await serve("annex", [{ last_activity: minutesAgo(0), execution_state: "idle" }]);
  const { reason } = await notebook("annex", (row) => row.reason.includes("insufficient"));
  expect(reason).toContain("insufficient unused quota for nvidia.com/gpu");

  await serve("desk", [{ last_activity: minutesAgo(600), execution_state: "busy" }]);
  await serve("lab", [
    { last_activity: minutesAgo(45), execution_state: "idle" },
    { last_activity: minutesAgo(31), execution_state: "starting" },
  ]);
  await settles("annex", "Running", "1 of 1 pods on 1 node");
  const stopped = await notebook("lab", (row) => row.state === "Stopped");
  expect(stopped.reason).toMatch(
    /^not used for 30 minutes, stopped at 20\d\d-.*; start it with kubectl scale /,
  );
  expect((await notebook("desk", () => true)).state).toBe("Running");
  expect(jupyter.refused).toEqual([]);
});

test("a second up writes nothing, and does not bring back what was stopped (F128)", async () => {
  const writes = recordEngineWrites(platform.state);
  await up(lab, desk, annex);
  expect(writes()).toEqual([]);
  expect((await statefulSet("lab")).spec?.replicas).toBe(0);

  await up({ ...lab, cullAfterIdleMinutes: 60 }, desk, annex);
  expect(writes()).toEqual([`patch statefulsets.apps ${team}/lab`]);
  expect((await statefulSet("lab")).spec?.replicas).toBe(0);
  expect((await tokenOf("lab")).length).toBe(48);
});

test("its people bring it back: it waits its turn and is not stopped again at once", async () => {
  const disk = await diskOf("lab");
  await scale("lab", 1);
  await settles("lab", "Waiting");
  await scale("annex", 0);
  await serve("lab", []);
  await settles("lab", "Running", "1 of 1 pods on 1 node");
  expect(await diskOf("lab")).toBe(disk);
  await eventually(
    () => statefulSet("lab"),
    ({ metadata }) => metadata?.annotations?.["plinth.dev/culled-at"] === undefined,
    patienceMs,
  );
  expect((await statefulSet("lab")).spec?.replicas).toBe(1);
  const { reason } = await notebook("annex", (row) => row.state === "Stopped");
  expect(reason).toMatch(/^stopped by its people; /);
});

test("a more urgent job takes its place; it waits and comes back by itself", async () => {
  const job = gangJob({ name: "urgent", team, pool, nodes: 1, priority: "high" });
  await member.must("POST", `/apis/batch/v1/namespaces/${team}/jobs`, job);
  await settles("lab", "Waiting");
  await removeJob(platform.api, team, "urgent");
  await settles("lab", "Running", "1 of 1 pods on 1 node");
});

test("a disk stays or goes with its notebook, as configured, and is taken up again", async () => {
  const disk = await diskOf("lab");
  await up();
  const claims = await platform.api.list<V1PersistentVolumeClaim>(claimsPath);
  expect(claims.map(({ metadata }) => metadata?.name).sort()).toEqual(["annex-home-h100", "lab-home-h100"]);
  const disks = () => platform.api.list<{ metadata: { name: string } }>("/api/v1/persistentvolumes");
  await eventually(disks, (left) => left.length === 2);

  await up(lab);
  await settles("lab", "Running", "1 of 1 pods on 1 node");
  expect(await diskOf("lab")).toBe(disk);
});

test("nothing is left behind, disks of kept claims neither", async () => {
  await platform.must("down", "--keep-cluster", "--stack-file", stackFile());
  const disks = () => platform.api.list("/api/v1/persistentvolumes");
  expect(await eventually(disks, (left) => left.length === 0)).toEqual([]);
  const logs = platform.state.path("logs");
  const own = readdirSync(logs).filter((name) => name.startsWith("notebook-system_notebook-culler-"));
  expect(own.map((name) => readFileSync(join(logs, name), "utf8")).join("")).toContain(
    `${team}/lab is stopped: nobody used it for 31 minutes`,
  );
});

function stackFile(...notebooks: object[]): string {
  return platform.stackFile({
    environment: "local",
    pools: [{ name: pool, accelerator, nodes: 2, acceleratorsPerNode }],
    queueing: { cohorts: ["platform"] },
    teams: [{ name: team, costCenter: "cc-1", cohort: "platform", quotas: [{ pool, accelerators: 12 }] }],
    notebooks,
  });
}

function up(...notebooks: object[]) {
  return platform.must("up", "--stack-file", stackFile(...notebooks), "--json");
}

const claimsPath = `/api/v1/namespaces/${team}/persistentvolumeclaims`;
const claimPath = (name: string) => `${claimsPath}/${name}-home-${pool}`;

const pod = (name: string) => platform.api.get<V1Pod>(`/api/v1/namespaces/${team}/pods/${name}-0`);
const statefulSetPath = (name: string) => `/apis/apps/v1/namespaces/${team}/statefulsets/${name}`;
const statefulSet = (name: string) => platform.api.get<V1StatefulSet>(statefulSetPath(name));

async function diskOf(name: string): Promise<string | undefined> {
  return (await platform.api.get<V1PersistentVolumeClaim>(claimPath(name))).spec?.volumeName;
}

async function tokenOf(name: string): Promise<string> {
  const { data } = await platform.api.get<V1Secret>(`/api/v1/namespaces/${team}/secrets/${name}-token`);
  return Buffer.from(data?.token ?? "", "base64").toString();
}

/** What the notebook's Jupyter server says from now on. */
async function serve(name: string, kernels: readonly Kernel[]): Promise<void> {
  const token = await tokenOf(name);
  jupyter.servers.set(`${name}.${team}`, { token, started: minutesAgo(700), kernels, terminals: [] });
}

/** As its people do it. */
function scale(name: string, replicas: number): Promise<unknown> {
  return member.must("PATCH", statefulSetPath(name), { spec: { replicas } });
}

type Row = Awaited<ReturnType<typeof readPlatformStatus>>["notebooks"][number];

async function notebook(name: string, isWanted: (row: Row) => boolean): Promise<Row> {
  const read = async () => {
    const { notebooks } = await readPlatformStatus(platform.api);
    return notebooks.find((row) => row.name === name);
  };
  const row = await eventually(read, (found) => found !== undefined && isWanted(found), patienceMs);
  if (!row) throw new Error(`there is no notebook ${name}`);
  return row;
}

async function settles(name: string, state: Row["state"], reason?: string): Promise<void> {
  const row = await notebook(name, (found) => found.state === state && (!reason || found.reason === reason));
  expect(row.owner).toMatch(/@example\.com$/);
}

async function isAllowed(user: string, attributes: object): Promise<boolean> {
  const { status } = await platform.api.create<{ status: { allowed: boolean } }>(
    "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    { spec: { user, resourceAttributes: { namespace: team, ...attributes } } },
  );
  return status.allowed;
}
