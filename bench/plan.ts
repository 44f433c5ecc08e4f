/** How long does a plan take, and how does that grow with pools and models? */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { ModelId } from "../components/catalogue/models.ts";
import { machine, median, rounded, seconds } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const sizes = [
  { pools: 1, models: 0 },
  { pools: 20, models: 10 },
  { pools: 20, models: 100 },
];
const rounds = 5;
const command = new URL("../stacks/plan-main.ts", import.meta.url).pathname;
/** Each fits one accelerator. */
const served = [
  "meta-llama/Llama-3.1-8B-Instruct",
  "meta-llama/Llama-3.2-3B-Instruct",
  "Qwen/Qwen2.5-7B-Instruct",
  "Qwen/Qwen3-14B",
  "google/gemma-2-9b-it",
  "Qwen/Qwen1.5-MoE-A2.7B",
] as const satisfies readonly ModelId[];
const demand = {
  requestsPerSecond: 2,
  promptTokens: { mean: 1000, p95: 3000 },
  answerTokens: { mean: 200, p95: 600 },
  ttftSeconds: 2,
  tpotSeconds: 0.05,
};

export async function run(): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), "plinth-bench-plan-"));
  try {
    const rows: Awaited<ReturnType<typeof measure>>[] = [];
    for (const size of sizes) rows.push(await measure(size, folder));
    return {
      question: "How long does a plan take, and how does that grow with pools and models?",
      machine: machine(),
      rows: rows.map((row) => ({ ...row, beyondStart: rounded(row.seconds - (rows[0]?.seconds ?? 0)) })),
      notes: [
        "The whole command, with the start of the program, which the first row is.",
        "Every model says what it has to do, so that its replicas and the other ways to serve it are sought.",
        `Medians of ${rounds} rounds.`,
      ],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(size: { readonly pools: number; readonly models: number }, folder: string) {
  const file = join(folder, "Pulumi.bench.yaml");
  writeFileSync(file, stringify({ config: { "plinth:platform": stackOf(size) } }));
  const taken: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    taken.push(
      await seconds(async () => {
        const flags = ["--disable-warning=ExperimentalWarning", command, "--stack-file", file, "--json"];
        execFileSync(process.execPath, flags, { stdio: ["ignore", "ignore", "inherit"] });
      }),
    );
  }
  return { ...size, seconds: rounded(median(taken)) };
}

/** Pools of H100 machines, and models of one team in turn on each. */
function stackOf({ pools, models }: { readonly pools: number; readonly models: number }) {
  const names = Array.from({ length: pools }, (_, index) => `pool-${index}`);
  return {
    environment: "local",
    pools: names.map((name) => ({
      name,
      accelerator: "nvidia-h100-80gb-sxm",
      nodes: 20,
      acceleratorsPerNode: 8,
    })),
    queueing: { cohorts: ["platform"] },
    teams: [
      {
        name: "serving",
        costCenter: "cc-1",
        cohort: "platform",
        quotas: names.map((pool) => ({ pool, accelerators: 160 })),
      },
    ],
    models: Array.from({ length: models }, (_, index) => ({
      name: `model-${index}`,
      team: "serving",
      pool: names[index % pools],
      model: served[index % served.length],
      context: 4096,
      demand,
    })),
  };
}
