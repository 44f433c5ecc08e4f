/** A job that moves to another queue is another run: the old one is gone before the new one is written. */
import type { V1Job, V1Pod } from "@kubernetes/client-node";
import { afterAll, expect, test } from "vitest";
import type { KubeObject } from "../../embedded/cluster/kube-api.ts";
import type { PlatformStatus } from "../../embedded/status/platform-status.ts";
import { placeholder } from "../support/builders.ts";
import { changeSummary } from "../support/engine-output.ts";
import { eventually, lastAnswer, TestPlatform } from "../support/platform.ts";

const path = "/apis/batch/v1/namespaces/research/jobs/train";

/** Two pools of the same machine, so that nothing of the job but its queue differs. */
function stack(pool: string) {
  const machine = { accelerator: "nvidia-l40s", nodes: 2, acceleratorsPerNode: 4 };
  const quotas = ["east", "west"].map((name) => ({ pool: name, accelerators: 8 }));
  // Its pods are more than the nodes: each node takes two.
  const job = { name: "train", team: "research", nodes: 4, acceleratorsPerNode: 2, image: placeholder };
  return {
    environment: "local",
    pools: ["east", "west"].map((name) => ({ name, ...machine })),
    queueing: { cohorts: ["platform"] },
    teams: [{ name: "research", costCenter: "cc-1", cohort: "platform", quotas }],
    jobs: [{ ...job, pool }],
  };
}

const platform = new TestPlatform();
afterAll(() => platform.remove());

/** The pods of the job on each node that has any. */
async function podsByNode(): Promise<Record<string, number>> {
  const pods = await platform.api.list<V1Pod>("/api/v1/namespaces/research/pods");
  const nodes = pods.flatMap(({ spec }) => spec?.nodeName ?? []);
  return Object.fromEntries(nodes.map((node) => [node, nodes.filter((other) => other === node).length]));
}

test("moves a running job between pools, however long it takes to go", async () => {
  await platform.must("up", "--json", "--stack-file", platform.stackFile(stack("east")));
  const east = { "east-0": 2, "east-1": 2 };
  expect(await lastAnswer(podsByNode, east)).toEqual(east);
  const old = await platform.api.get<V1Job>(path);
  // Stands for pods that take their time to end.
  await platform.api.mergePatch(path, { metadata: { finalizers: ["test.plinth.dev/slow"] } });

  const moving = platform.start("up", "--stack-file", platform.stackFile(stack("west")));
  const letGo = eventually(
    () => platform.api.get<KubeObject>(path),
    ({ metadata }) => metadata?.deletionTimestamp !== undefined,
    120_000,
  ).then(() => platform.api.mergePatch(path, { metadata: { finalizers: null } }));
  const [{ code, stdout }] = await Promise.all([moving.result, letGo]);

  expect([code, changeSummary(stdout)[0]]).toEqual([0, "+-1 replaced"]);
  const { metadata } = await platform.api.get<V1Job>(path);
  expect(metadata?.uid).not.toBe(old.metadata?.uid);
  const { workloads } = JSON.parse((await platform.must("status", "--json")).stdout) as PlatformStatus;
  expect(workloads.map(({ name, queue, state }) => [name, queue, state])).toEqual([
    ["train", "research-west", "Running"],
  ]);
  const west = { "west-0": 2, "west-1": 2 };
  expect(await lastAnswer(podsByNode, west)).toEqual(west);
});
