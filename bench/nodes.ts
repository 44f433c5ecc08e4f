/** How long until 500 simulated nodes are Ready? */
import type { V1Node } from "@kubernetes/client-node";
import { eventually, TestPlatform } from "../test/support/platform.ts";
import { machine, rounded, seconds } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const nodes = 500;
const readyTimeoutMs = 120_000;

export async function run(): Promise<Table> {
  const platform = new TestPlatform();
  try {
    await platform.must("cluster", "up");
    const stack = platform.stackFile({
      environment: "local",
      pools: [{ name: "large", accelerator: "nvidia-h100-80gb-sxm", nodes, acceleratorsPerNode: 8 }],
      queueing: { cohorts: ["platform"] },
    });
    const up = await seconds(() => platform.must("up", "--json", "--stack-file", stack));
    const list = () => platform.api.list<V1Node>("/api/v1/nodes?labelSelector=plinth.dev/pool");
    const isReady = (node: V1Node) =>
      node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
    const wait = await seconds(() =>
      eventually(list, (all) => all.filter(isReady).length === nodes, readyTimeoutMs),
    );
    const [first, last] = readyRange(await list());
    return {
      question: `How long until ${nodes} simulated nodes are Ready?`,
      machine: machine(),
      rows: [
        { step: "up", seconds: rounded(up) },
        { step: "waiting after up", seconds: rounded(wait) },
        { step: "first node created to last node Ready", seconds: (last - first) / 1000 },
      ],
      notes: ["The last row is by the API server's own clock, in whole seconds."],
    };
  } finally {
    await platform.remove();
  }
}

function readyRange(all: readonly V1Node[]): [number, number] {
  const time = (value: unknown) => new Date(String(value)).getTime();
  const created = all.map((node) => time(node.metadata?.creationTimestamp));
  const heartbeats = all.map((node) =>
    time(node.status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime),
  );
  return [Math.min(...created), Math.max(...heartbeats, ...created)];
}
