/** The supervisor's own account of a start that fails; one that works is seen in test/e2e/cluster.test.ts. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { chooseFreePorts } from "../../../embedded/cluster/ports.ts";
import { StateDirectory } from "../../../embedded/cluster/state-directory.ts";
import { Supervisor } from "../../../embedded/cluster/supervisor.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

afterEach(() => vi.unstubAllEnvs());

async function supervisorOf(etcdScript: string) {
  const directory = temporaryDirectory();
  vi.stubEnv("XDG_CACHE_HOME", join(directory, "cache"));
  const etcd = join(directory, "etcd");
  writeFileSync(etcd, `#!/bin/sh\n${etcdScript}\n`);
  chmodSync(etcd, 0o755);
  const state = new StateDirectory(join(directory, "state"));
  const record = {
    layout: 1 as const,
    createdAt: new Date().toISOString(),
    ports: await chooseFreePorts(state.root),
    controllers: {},
  };
  const supervisor = new Supervisor(state, record, {
    etcd,
    kubeApiServer: etcd,
    kubeControllerManager: etcd,
    kubeScheduler: etcd,
    kwok: etcd,
    kueue: etcd,
    kwokStages: temporaryDirectory(),
    kueueChart: directory,
    kueueCrds: directory,
    controllers: {},
  });
  onTestFinished(() => supervisor.stop());
  return { state, supervisor };
}

test("says what it waits for before it starts", async () => {
  const { supervisor } = await supervisorOf("exit 1");
  expect(supervisor.status).toEqual({ phase: "starting", message: "certificates", processes: [] });
});

test("says which part failed and with which words, and starts nothing after it", async () => {
  const { supervisor, state } = await supervisorOf("echo 'no space left on device' >&2; exit 1");
  await supervisor.start();
  expect(supervisor.status).toMatchObject({
    phase: "failed",
    message: `etcd does not become ready: no space left on device (${state.path("logs", "etcd.log")})`,
    processes: [{ name: "etcd", restarts: 5 }],
  });
});
