/** How does `up` grow with the number of objects? */
import { readStackState } from "../embedded/stack-state.ts";
import { TestPlatform } from "../test/support/platform.ts";
import { machine, rounded, seconds } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

/** Nodes of the stack; Kueue, its queueing objects and the priorities come on top. */
const sizes = [75, 225, 525, 925];

export async function run(): Promise<Table> {
  const rows: Awaited<ReturnType<typeof measure>>[] = [];
  for (const nodes of sizes) rows.push(await measure(nodes));
  return {
    question: "How does `up` grow with the number of objects?",
    machine: machine(),
    rows,
    notes: ["Preview and baseline pack included. Milliseconds per object are those of the first up."],
  };
}

async function measure(nodes: number) {
  const platform = new TestPlatform();
  try {
    await platform.must("cluster", "up");
    const stack = platform.stackFile({
      environment: "local",
      pools: [{ name: "pool", accelerator: "nvidia-h100-80gb-sxm", nodes, acceleratorsPerNode: 8 }],
      queueing: { cohorts: ["platform"] },
    });
    const up = () => platform.must("up", "--json", "--stack-file", stack);
    const first = await seconds(up);
    const noChange = await seconds(up);
    const folder = platform.state.path("pulumi", "backend", ".pulumi", "stacks", "plinth");
    const text = readStackState(folder, "local") ?? "";
    const objects = JSON.parse(text).checkpoint.latest.resources.filter(isObject).length;
    return {
      objects,
      firstSeconds: rounded(first, 1),
      noChangeSeconds: rounded(noChange, 1),
      msPerObject: Math.round((first * 1000) / objects),
      stateKiB: Math.round(text.length / 1024),
    };
  } finally {
    await platform.remove();
  }
}

function isObject({ type, custom }: { type: string; custom?: boolean }): boolean {
  return custom === true && type.startsWith("kubernetes:");
}
