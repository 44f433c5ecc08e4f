/** What is refused before anything starts; running clusters are in test/e2e/cluster.test.ts. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import {
  clusterStatus,
  logFile,
  resetCluster,
  startCluster,
  stopCluster,
} from "../../../embedded/cluster/embedded-cluster.ts";
import { StateDirectory } from "../../../embedded/cluster/state-directory.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const nowhere = "/nowhere";
const programs = {
  etcd: nowhere,
  kubeApiServer: nowhere,
  kubeControllerManager: nowhere,
  kubeScheduler: nowhere,
  kwok: nowhere,
  kueue: nowhere,
  kwokStages: nowhere,
  kueueChart: nowhere,
  kueueCrds: nowhere,
  controllers: {},
};

function stateWith(...files: readonly string[]): StateDirectory {
  const state = new StateDirectory(temporaryDirectory());
  for (const file of files) {
    mkdirSync(dirname(state.path(file)), { recursive: true });
    writeFileSync(state.path(file), "");
  }
  return state;
}

const record = JSON.stringify({
  layout: 1,
  createdAt: "2026-11-21T06:00:00.000Z",
  ports: Object.fromEntries(
    "etcdClient etcdPeer apiServer controllerManager scheduler kueueHealth kueueMetrics kueueWebhook"
      .split(" ")
      .map((name, index) => [name, 40001 + index]),
  ),
});

const whole = [
  "pki/ca.crt",
  "pki/ca.key",
  "pki/service-account.key",
  "pki/service-account.pub",
  "etcd/member/snap/db",
];

const remedy = "or give the cluster up with `npm run cluster -- reset`.";

test.each([
  { case: "the authority's key", missing: ["pki/ca.key"] },
  { case: "the key that signed the tokens", missing: ["pki/service-account.key"] },
  { case: "everything but the data", missing: whole.slice(0, 4) },
])("data is not started without $case", async ({ missing }) => {
  const state = stateWith(...whole.filter((file) => !missing.includes(file)));
  writeFileSync(state.recordFile, record);
  const before = readdirSync(state.root, { recursive: true });
  await expect(startCluster(state, programs)).rejects.toThrow(
    `${state.root} holds cluster data but lacks ${missing.join(", ")}. Nothing was changed. ` +
      `Restore what is missing, ${remedy}`,
  );
  expect(readdirSync(state.root, { recursive: true })).toEqual(before);
});

test("data without its record is not started", async () => {
  const state = stateWith(...whole);
  await expect(startCluster(state, programs)).rejects.toThrow(
    `${state.root} holds cluster data but lacks installation.json. Nothing was changed. ` +
      `Restore what is missing, ${remedy}`,
  );
});

test("a data directory without its database is not started", async () => {
  const state = stateWith(...whole.slice(0, 4), "etcd/member/wal/0.wal");
  writeFileSync(state.recordFile, record);
  await expect(startCluster(state, programs)).rejects.toThrow(
    `${state.path("etcd")} is damaged: member/snap/db is missing. Nothing was changed. ` +
      `Restore the directory, ${remedy}`,
  );
});

test("where nothing runs there is no status, nothing to stop, and reset deletes what is there", async () => {
  const state = stateWith(...whole);
  expect(await clusterStatus(state)).toBeUndefined();
  expect(await stopCluster(state)).toBe(false);
  await resetCluster(state);
  expect(() => readdirSync(state.root)).toThrow("ENOENT");
});

test.each([
  { case: "a part's whole name", name: "kube-apiserver", want: "kube-apiserver.log" },
  { case: "a part of a pod's name", name: "kueue", want: "kueue-system_kueue-1_manager.log" },
])("a log is found by $case", ({ name, want }) => {
  const state = new StateDirectory("/state");
  const files = ["kueue-system_kueue-1_manager.log", "kube-apiserver.log"];
  expect(logFile(state, name, files)).toBe(`/state/logs/${want}`);
});

test.each([
  { case: "lists what there is", files: ["etcd.log", "kwok.log"], want: "etcd.log, kwok.log" },
  { case: "says that there is none", files: [], want: "none" },
])("a log of an unknown name $case", ({ files, want }) => {
  expect(() => logFile(new StateDirectory("/state"), "nginx", files)).toThrow(
    `No log is called "nginx". There are: ${want}.`,
  );
});
