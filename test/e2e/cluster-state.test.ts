/** The cluster's state on disk: it survives, and what is damaged is reported and left alone. */
import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { identify, readRunning } from "../../embedded/cluster/process-identity.ts";
import type { StateDirectory } from "../../embedded/cluster/state-directory.ts";
import { TestPlatform } from "../support/platform.ts";

const remedy = "or give the cluster up with `npm run cluster -- reset`.";

let platform: TestPlatform;
let state: StateDirectory;
beforeAll(async () => {
  platform = new TestPlatform();
  ({ state } = platform);
  await platform.must("cluster", "up");
});
afterAll(() => platform.remove());

const supervisorPid = () => readRunning(state.path("run", "supervisor.json"))?.pid;
const apiPort = () => state.readRecord()?.ports.apiServer ?? 0;

test("objects and credentials survive down and up", async () => {
  const { api } = platform;
  const kubeconfig = readFileSync(state.kubeconfig, "utf8");
  const running = JSON.parse((await platform.must("cluster", "status", "--json")).stdout);
  const pids = [supervisorPid() ?? 0, ...running.processes.map(({ pid }: { pid: number }) => pid)];
  await api.create("/api/v1/namespaces/default/secrets", {
    metadata: { name: "kept" },
    stringData: { password: "hunter2" },
  });
  expect(await platform.run("cluster", "down")).toEqual({
    code: 0,
    stdout: "Embedded cluster: stopped\n",
    stderr: "",
  });
  expect(pids.filter((gone) => identify(gone))).toEqual([]);
  expect((await platform.run("status")).code).toBe(3);
  await platform.must("cluster", "up");
  expect(readFileSync(state.kubeconfig, "utf8")).toBe(kubeconfig);
  const secret = await api.get<{ data: object }>("/api/v1/namespaces/default/secrets/kept");
  expect(secret.data).toEqual({ password: Buffer.from("hunter2").toString("base64") });
  await platform.must("cluster", "down");
});

/** Path and content of every file below the state directory. */
function contents(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [file, createHash("sha256").update(readFileSync(file)).digest("hex")];
    }),
  );
}

/** From here on the cluster is down, and each case damages a copy of its state. */
test.each([
  {
    case: "a truncated record",
    damage: (copy: StateDirectory) => truncateSync(copy.recordFile, 40),
    want: (copy: StateDirectory) =>
      `${copy.recordFile} is damaged (✖ Invalid input: expected object, received undefined). ` +
      `Nothing was changed. Restore the file, ${remedy}`,
  },
  ...["installation.json", "pki/ca.crt", "pki/ca.key", "pki/service-account.key"].map((file) => ({
    case: `${file} is missing`,
    damage: (copy: StateDirectory) => rmSync(copy.path(file)),
    want: (copy: StateDirectory) =>
      `${copy.root} holds cluster data but lacks ${file}. Nothing was changed. ` +
      `Restore what is missing, ${remedy}`,
  })),
  {
    case: "etcd's database is missing",
    damage: (copy: StateDirectory) => rmSync(copy.path("etcd/member/snap/db")),
    want: (copy: StateDirectory) =>
      `${copy.path("etcd")} is damaged: member/snap/db is missing. Nothing was changed. ` +
      `Restore the directory, ${remedy}`,
  },
])("damaged state is reported and left as it is: $case", async ({ damage, want }) => {
  const whole = `${state.root}.whole`;
  cpSync(state.root, whole, { recursive: true });
  onTestFinished(() => {
    rmSync(state.root, { recursive: true });
    renameSync(whole, state.root);
  });
  damage(state);
  const before = contents(state.root);
  const { code, stdout, stderr } = await platform.run("cluster", "up");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.trim().split("\n").at(-1)).toBe(want(state));
  expect(contents(state.root)).toEqual(before);
});

test("ports that another program has taken meanwhile are named", async () => {
  const other = createServer();
  onTestFinished(() => void other.close());
  await new Promise<void>((resolve) => other.listen(apiPort(), "127.0.0.1", resolve));
  const { code, stderr } = await platform.run("cluster", "up");
  expect(code).toBe(1);
  expect(stderr.trim().split("\n").at(-1)).toBe(
    `Other programs listen on ports of this cluster (apiServer ${apiPort()}). ` +
      "Stop them, or give the cluster up with `npm run cluster -- reset` to choose new ports.",
  );
});

test("reset stops everything and deletes the state; the next start is a new installation", async () => {
  await platform.must("cluster", "up");
  const authority = readFileSync(state.path("pki", "ca.crt"));
  const pid = supervisorPid() ?? 0;
  expect(await platform.run("cluster", "reset")).toEqual({
    code: 0,
    stdout: "Embedded cluster: stopped, and its state deleted\n",
    stderr: "",
  });
  expect(identify(pid)).toBeUndefined();
  expect(() => statSync(state.root)).toThrow("ENOENT");
  await platform.must("cluster", "up");
  expect(readFileSync(state.path("pki", "ca.crt"))).not.toEqual(authority);
  const namespaces = await platform.api.list<{ metadata: { name: string } }>("/api/v1/namespaces");
  expect(namespaces.map(({ metadata }) => metadata.name)).toEqual([
    "default",
    "kube-node-lease",
    "kube-public",
    "kube-system",
  ]);
});
