/** Runs one bench by name and prints its table, or its rows as JSON. */
import { parseArgs } from "node:util";
import { type Bench, BenchRefusal, renderTable } from "./support/table.ts";

/** Loaded when asked for, so that one bench's imports never weigh on another. */
const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  up: () => import("./up.ts"),
  "cluster-start": () => import("./cluster-start.ts"),
  memory: () => import("./memory.ts"),
  nodes: () => import("./nodes.ts"),
  growth: () => import("./growth.ts"),
  "queue-simulation": () => import("./queue-simulation.ts"),
  "sharing-advice": () => import("./sharing-advice.ts"),
  "state-settings": () => import("./state-settings.ts"),
  plan: () => import("./plan.ts"),
  "cloud-previews": () => import("./cloud-previews.ts"),
  openb: () => import("./openb.ts"),
  queueing: () => import("./queueing.ts"),
  "kueue-performance": () => import("./kueue-performance.ts"),
  "prefix-cache": () => import("./prefix-cache.ts"),
  runtime: () => import("./runtime.ts"),
  "runtime-quantised": () => import("./runtime-quantised.ts"),
  "runtime-llama": () => import("./runtime-llama.ts"),
  "runtime-cuda": () => import("./runtime-cuda.ts"),
  "runtime-stress": () => import("./runtime-stress.ts"),
  "runtime-fuzz": () => import("./runtime-fuzz.ts"),
  speculation: () => import("./speculation.ts"),
  "engine-steps": () => import("./engine-steps.ts"),
  "paged-attention": () => import("./paged-attention.ts"),
};

const [name = "", ...args] = process.argv.slice(2);
const bench = await benches[name]?.();
const values = bench && understood(bench, args);
if (bench && values) {
  await show(bench, values);
} else {
  process.stderr.write(`Usage: npm run bench -- ${Object.keys(benches).join(" | ")} [--json]\n`);
  process.exitCode = 2;
}

/** The options given, or undefined if the bench has no such options. */
function understood({ options }: Bench, args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { ...options, json: { type: "boolean", default: false } } })
      .values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return undefined;
  }
}

async function show(bench: Bench, values: Readonly<Record<string, unknown>>): Promise<void> {
  try {
    const { summary, ...table } = await bench.run(values);
    const json = JSON.stringify({ ...summary, ...table }, null, 2);
    process.stdout.write(values.json ? `${json}\n` : renderTable(table));
  } catch (error) {
    if (!(error instanceof BenchRefusal)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
