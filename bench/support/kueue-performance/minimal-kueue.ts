/**
 * The Kueue that upstream measures: its core controllers and scheduler in a program of their own, with the
 * administrator's rights and 50 requests a second for each kind of object (kubernetes-sigs/kueue 0.19,
 * test/performance/scheduler/minimalkueue), beside an API server and etcd alone. The installed one has a
 * single allowance for all that it asks.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { readRunning } from "../../../embedded/cluster/process-identity.ts";
import { findGo, goEnvironment } from "../../../embedded/toolchain/go.ts";
import { eventually, type TestPlatform } from "../../../test/support/platform.ts";

const modules = join(import.meta.dirname, "../../../embedded/toolchain");
const program = "sigs.k8s.io/kueue/test/performance/scheduler/minimalkueue";
const installed = "/apis/apps/v1/namespaces/kueue-system/deployments/kueue-controller-manager";
const buildMinutes = 15;
/** What upstream's environment has none of: leases of its nodes alone are 64 requests a second. */
const absent = ["kwok", "kube-scheduler", "kube-controller-manager"];

/** Takes the installed Kueue away and starts upstream's in its place; the answer ends it. */
export async function startMinimalKueue(
  platform: TestPlatform,
  hasTopology: boolean,
): Promise<() => Promise<void>> {
  const { api, state } = platform;
  await findGo(modules, "upstream's program", process.env);
  const binary = join(state.root, "minimalkueue");
  await promisify(execFile)("go", ["build", "-o", binary, program], {
    cwd: join(modules, "cluster"),
    env: goEnvironment(process.env, state.root),
    timeout: buildMinutes * 60_000,
  });
  await api.mergePatch(installed, { spec: { replicas: 0 } });
  const pods = () => api.list("/api/v1/namespaces/kueue-system/pods");
  await eventually(pods, ({ length }) => length === 0, 60_000);
  const paused = pause(platform);
  const child = spawn(binary, ["--kubeconfig", state.kubeconfig, ...(hasTopology ? ["--enableTAS"] : [])], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(child, "exit");
  return async () => {
    // Asked to end, it would tell each request that it gives up.
    child.kill("SIGKILL");
    await ended;
    for (const pid of paused) process.kill(pid, "SIGCONT");
  };
}

function pause({ state }: TestPlatform): number[] {
  const pids = absent.flatMap((name) => readRunning(state.path("run", `${name}.json`))?.pid ?? []);
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  return pids;
}
