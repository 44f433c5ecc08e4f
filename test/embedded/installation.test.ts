/** What stacks learn of the cluster on this machine. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { stringify } from "yaml";
import { schedulerConfiguration } from "../../embedded/cluster/control-plane-config.ts";
import { StateDirectory } from "../../embedded/cluster/state-directory.ts";
import { readInstallation } from "../../embedded/installation.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const names = ["etcd", "kubeApiServer", "kubeControllerManager", "kubeScheduler", "kwok", "kueue"];
const shares = ["kwokStages", "kueueChart", "kueueCrds"];
const programs = {
  ...Object.fromEntries([...names, ...shares].map((name) => [name, `/toolchain/${name}`])),
  controllers: { jobset: { program: "/bin/jobset", chart: "/charts/jobset", crds: "/crds/jobset" } },
};

function makeState(): StateDirectory {
  const state = new StateDirectory(temporaryDirectory());
  state.writeRecord({
    layout: 1,
    createdAt: "2026-11-21T06:00:00.000Z",
    ports: {
      etcdClient: 40001,
      etcdPeer: 40002,
      apiServer: 40003,
      controllerManager: 40004,
      scheduler: 40005,
      kueueHealth: 40006,
      kueueMetrics: 40007,
      kueueWebhook: 40008,
    },
    controllers: { jobset: { health: 40009, metrics: 40010, webhook: 40011 } },
  });
  writeFileSync(state.path("programs.json"), JSON.stringify(programs));
  return state;
}

test("paths, and no credential", () => {
  const state = makeState();
  expect(readInstallation(state)).toEqual({
    kubeconfig: state.path("kubeconfig"),
    charts: { kueue: "/toolchain/kueueChart", jobset: "/charts/jobset" },
    postRenderer: {
      command: process.execPath,
      args: [join(import.meta.dirname, "../../embedded/host-node/post-render.ts"), state.root],
    },
  });
});

test("profiles of the scheduler, as it was started", () => {
  const state = makeState();
  mkdirSync(state.path("config"));
  writeFileSync(
    state.path("config", "scheduler.yaml"),
    stringify(schedulerConfiguration("/kubeconfig", "http://127.0.0.1:8888")),
  );
  expect(readInstallation(state).schedulers).toEqual(["default-scheduler", "plinth-packing", "plinth-waste"]);
});

test.each([
  { given: "http://127.0.0.1:8889", want: "http://127.0.0.1:8889" },
  { given: "", want: undefined },
])("who answers for simulated pods: $given", ({ given, want }) => {
  vi.stubEnv("PLINTH_POD_PROXY", given);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(readInstallation(makeState()).podProxy).toBe(want);
});

test("tokens of notebooks leave the machine for nobody", () => {
  vi.stubEnv("PLINTH_POD_PROXY", "http://proxy.example:3128");
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(() => readInstallation(makeState())).toThrow(
    'PLINTH_POD_PROXY is "http://proxy.example:3128"; ' +
      "it must be an address of this machine, as http://127.0.0.1:8889",
  );
});

test("where no cluster was ever started, one sentence says what to do", () => {
  const state = new StateDirectory(join(temporaryDirectory(), "none"));
  expect(() => readInstallation(state)).toThrow(
    `No embedded cluster is installed in ${state.root}; start one with \`npm run cluster -- up\`.`,
  );
});

test("a damaged record is not taken for a missing one", () => {
  const state = new StateDirectory(temporaryDirectory());
  mkdirSync(state.root, { recursive: true });
  writeFileSync(state.recordFile, "{");
  expect(() => readInstallation(state)).toThrow(`${state.recordFile} is damaged`);
});
