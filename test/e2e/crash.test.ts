/**
 * Every part is killed once in the middle of an `up`: the next `up` must end where an undisturbed one does.
 * A kill -9 stands for a crash and for a machine that lost power, except for what the disk had not yet kept.
 */
import { readdirSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { readRunning } from "../../embedded/cluster/process-identity.ts";
import { placeholder } from "../support/builders.ts";
import { clusterObjects, type StackState, stackState } from "../support/cluster-snapshot.ts";
import { eventually, type RunningCommand, TestPlatform } from "../support/platform.ts";
import { killTree, processTree } from "../support/process-tree.ts";

/** Room for three runs of `up` on a busy machine. */
const timeoutMs = 600_000;
/** A first `up` on a busy machine takes minutes until its last object. */
const milestoneMs = 300_000;
const kueue = "/apis/kueue.x-k8s.io/v1beta2";

function stack(accelerators = 16, fairSharing = false) {
  return {
    environment: "local",
    pools: [{ name: "h100", accelerator: "nvidia-h100-80gb-sxm", nodes: 2, acceleratorsPerNode: 8 }],
    queueing: { cohorts: ["platform"], fairSharing },
    teams: [
      {
        name: "research",
        costCenter: "cc-1",
        cohort: "platform",
        quotas: [{ pool: "h100", accelerators }],
      },
    ],
    jobs: [
      {
        name: "pretrain",
        team: "research",
        pool: "h100",
        nodes: 1,
        acceleratorsPerNode: 8,
        image: placeholder,
      },
    ],
  };
}

/** What an undisturbed `up` leaves. */
let want: { objects: string[]; urns: readonly string[] };
/** What it leaves in the engine's backend. */
let stateFiles: readonly string[];
let platform: TestPlatform;

beforeAll(async () => {
  platform = new TestPlatform();
  await platform.must("up", "--json", "--stack-file", platform.stackFile(stack()));
  want = { objects: await clusterObjects(platform.api), urns: stackState(platform.state).urns };
  stateFiles = readdirSync(platform.state.path("pulumi", "backend"), { recursive: true }).map(String);
  await platform.remove();
});

const platforms: TestPlatform[] = [];
afterEach(async () => {
  await Promise.all(platforms.splice(0).map((used) => used.remove()));
});
afterAll(() => platform.remove());

test("an undisturbed up holds each object and each resource once", () => {
  expect(new Set(want.urns).size).toBe(want.urns.length);
  expect(want.objects.filter((line) => line.startsWith("Node "))).toEqual([
    "Node /h100-0",
    "Node /h100-1",
    "Node /host",
  ]);
  expect(want.objects.filter((line) => line.startsWith("Pod "))).toEqual([
    "Pod kueue-system/ of ReplicaSet kueue-controller-manager",
    "Pod research/ of Job pretrain",
  ]);
});

/** Parts of the control plane by name; the two others are found by what runs under the command or the pod. */
const victims: readonly {
  case: string;
  /** The kill comes once so many objects are listed here. */
  path: string;
  count: number;
  kill(platform: TestPlatform, up: RunningCommand): void;
}[] = [
  { case: "the engine, at its first objects", path: "/api/v1/nodes", count: 2, kill: killEngine },
  { case: "the engine, at its last objects", path: "/apis/batch/v1/jobs", count: 1, kill: killEngine },
  {
    case: "the API server",
    path: `${kueue}/clusterqueues`,
    count: 1,
    kill: ({ state }) => killRecordedProcess(state.path("run", "kube-apiserver.json")),
  },
  {
    case: "etcd",
    path: `${kueue}/resourceflavors`,
    count: 1,
    kill: ({ state }) => killRecordedProcess(state.path("run", "etcd.json")),
  },
  { case: "Kueue", path: `${kueue}/clusterqueues`, count: 1, kill: killKueue },
];

test("the engine writes no file of its state in place", () => {
  expect(stateFiles.some((file) => file.endsWith("stacks/plinth/local.json.zst"))).toBe(true);
  expect(stateFiles.filter((file) => file.endsWith(".attrs"))).toEqual([]);
});

test.each(victims)(
  "killed in the middle of an up: $case",
  async ({ path, count, kill }) => {
    const used = new TestPlatform();
    platforms.push(used);
    const file = used.stackFile(stack());
    await used.must("cluster", "up", "--json");
    const up = used.start("up", "--json", "--stack-file", file);
    await eventually(
      () => listed(used.api, path),
      (objects) => objects >= count,
      milestoneMs,
    );
    kill(used, up);
    const disturbed = await up.result;

    await used.must("up", "--json", "--stack-file", file);
    await eventually(
      () => clusterObjects(used.api),
      (objects) => objects.join() === want.objects.join(),
    ).catch(() => undefined);
    expect(await clusterObjects(used.api), disturbed.stderr).toEqual(want.objects);
    expect(stackState(used.state)).toEqual({ urns: want.urns, pendingOperations: 0 } satisfies StackState);

    // A further `up` changes what was edited and nothing else; nobody but the stack owns any of its fields.
    const edited = await used.must("up", "--json", "--stack-file", used.stackFile(stack(15)));
    expect(summary(edited.stderr), edited.stderr).toBe(`~ 1 updated|${want.urns.length - 2} unchanged`);
  },
  timeoutMs,
);

test(
  "an update of Kueue waits for the new process, however long the old one hangs",
  async () => {
    const used = new TestPlatform();
    platforms.push(used);
    await used.must("up", "--json", "--stack-file", used.stackFile(stack()));
    const hung = runningKueue(used);
    const up = used.start("up", "--json", "--stack-file", used.stackFile(stack(16, true)));
    // The preview still asks its webhooks.
    up.child.stderr?.on("data", (data) => {
      if (String(data).includes("Updating (local)")) process.kill(hung, "SIGSTOP");
    });
    const { code, stderr } = await up.result;
    expect(code, stderr).toBe(0);
    expect(runningKueue(used)).not.toBe(hung);
    const queue = await used.api.get<ClusterQueue>(`${kueue}/clusterqueues/research-h100`);
    expect(queue.spec.fairSharing).toEqual({ weight: "1" });
  },
  timeoutMs,
);

interface ClusterQueue {
  spec: { fairSharing?: { weight: string } };
}

function killEngine(_: TestPlatform, { child }: RunningCommand): void {
  const engine = processTree(child.pid ?? 0).find(({ name }) => name === "pulumi");
  if (!engine) throw new Error("no engine runs under the command");
  killTree(engine.pid);
}

function killRecordedProcess(identityFile: string): void {
  const running = readRunning(identityFile);
  if (!running) throw new Error(`${identityFile} names no process`);
  process.kill(running.pid, "SIGKILL");
}

function killKueue(platform: TestPlatform): void {
  process.kill(runningKueue(platform), "SIGKILL");
}

function runningKueue({ state }: TestPlatform): number {
  const supervisor = readRunning(state.path("run", "supervisor.json"));
  const kueue = processTree(supervisor?.pid ?? 0).find(({ name }) => name === "manager");
  if (!kueue) throw new Error("no Kueue runs under the supervisor");
  return kueue.pid;
}

/** How many objects are listed, none while the API server is away. */
function listed(api: KubeApi, path: string): Promise<number> {
  const isStackOwn = (name: string) => name !== "host";
  return api.list<{ metadata: { name: string } }>(path).then(
    (objects) => objects.filter(({ metadata }) => isStackOwn(metadata.name)).length,
    () => 0,
  );
}

/** The last `Resources:` block of the engine's output, its lines joined. */
function summary(output: string): string {
  const block = output.split("Resources:\n").at(-1) ?? "";
  const end = block.indexOf("\n\n");
  return block
    .slice(0, end === -1 ? undefined : end)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("|");
}
