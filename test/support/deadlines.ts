/** Kinds without an end of their own, with the shortest deadline, and a gang that waits for their nodes. */
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { readPlatformStatus } from "../../embedded/status/platform-status.ts";
import { removeJob } from "./gang-watch.ts";
import { gangJob } from "./gangs.ts";
import { makeJob } from "./job-kinds.ts";
import { eventually } from "./platform.ts";
import type { TeamClient } from "./team-client.ts";
import { conditionsOf, momentOf, workloadsOf } from "./workload-conditions.ts";

export const deadlinePool = "late";
export const deadlineSeconds = 60;

const common = { pool: deadlinePool, timeoutSeconds: deadlineSeconds };

/** Half of each of two nodes each. */
export const limitedJobs = [
  makeJob("raycluster", {
    ...common,
    name: "late-ray",
    workers: [{ name: "gpu", nodes: 2, acceleratorsPerNode: 4 }],
  }),
  makeJob("leaderworkerset", { ...common, name: "late-lws", nodes: 2, acceleratorsPerNode: 4 }),
];

/** What Kueue and the status say of each once the waiting gang runs, and how long it was admitted. */
export async function afterDeadlines(api: KubeApi, member: TeamClient, team: string, patienceMs: number) {
  const workloads = () =>
    Promise.all(limitedJobs.map(async ({ name }) => (await workloadsOf(api, team, name))[0]));
  const started = await eventually(workloads, (all) =>
    all.every((each) => conditionsOf(each).Admitted === "True Admitted"),
  );
  const next = gangJob({ name: "late-next", team, pool: deadlinePool, nodes: 2 });
  await member.must("POST", `/apis/batch/v1/namespaces/${team}/jobs`, next);
  const status = await eventually(
    () => statesIn(api, `${team}-${deadlinePool}`),
    (states) => /^Running/.test(states["late-next"] ?? ""),
    patienceMs,
  );
  const ended = await workloads();
  await removeJob(api, team, "late-next");
  return {
    status,
    conditions: ended.map((each) => [each?.spec.active, conditionsOf(each).Evicted]),
    seconds: ended.map((each, index) => {
      return (momentOf(each, "Evicted") - momentOf(started[index], "Admitted")) / 1000;
    }),
  };
}

async function statesIn(api: KubeApi, queueName: string): Promise<Record<string, string>> {
  const { workloads } = await readPlatformStatus(api);
  const own = workloads.filter(({ queue }) => queue === queueName);
  return Object.fromEntries(own.map(({ name, state, reason }) => [name, `${state}: ${reason}`]));
}
