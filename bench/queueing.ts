/** Which queueing system serves the same gangs better: Kueue or Volcano? */
import { accelerator, acceleratorsPerNode } from "../test/support/gangs.ts";
import { TestPlatform } from "../test/support/platform.ts";
import { machine, rounded } from "./support/measure.ts";
import { playGangs, systemCost } from "./support/queueing/play.ts";
import { arrivingGangs, nodes, pool, quotas } from "./support/queueing/workload.ts";
import type { Table } from "./support/table.ts";

const seeds = [1, 2, 3];

export async function run(): Promise<Table> {
  const rows: Awaited<ReturnType<typeof measure>>[] = [];
  for (const backend of ["kueue", "volcano"] as const) {
    for (const seed of seeds) rows.push(await measure(backend, seed));
  }
  return {
    question: "Which queueing system serves the same gangs better?",
    machine: machine(),
    rows,
    notes: [
      `60 gangs of 1 to 4 nodes over 40 s in a pool of ${nodes} nodes.`,
      `Red owns ${quotas.red} accelerators and blue ${quotas.blue}; each may borrow what the other owns.`,
      "halved: accelerator-seconds in gangs that were not whole; lost: in pods that were evicted.",
      "cpuSeconds is the processor time of the queueing system while the gangs ran.",
    ],
  };
}

async function measure(backend: "kueue" | "volcano", seed: number) {
  const platform = new TestPlatform();
  try {
    await platform.must("up", "--json", "--stack-file", stackFile(platform, backend));
    const before = systemCost(platform);
    const { waits, makespanSeconds, held, restarts } = await playGangs(
      platform,
      backend,
      arrivingGangs(seed),
    );
    const after = systemCost(platform);
    const sorted = [...waits].sort((a, b) => a - b);
    return {
      backend,
      seed,
      makespanSeconds: rounded(makespanSeconds, 1),
      usePercent: rounded((held.all * 100) / (makespanSeconds * nodes * acceleratorsPerNode), 1),
      meanWaitSeconds: rounded(waits.reduce((sum, wait) => sum + wait, 0) / waits.length, 1),
      p95WaitSeconds: rounded(sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN, 1),
      restarts,
      halved: rounded(held.halved, 1),
      lost: rounded(held.lost, 1),
      residentMiB: after.residentMiB,
      cpuSeconds: rounded(after.cpuSeconds - before.cpuSeconds, 1),
    };
  } finally {
    await platform.remove();
  }
}

function stackFile(platform: TestPlatform, backend: "kueue" | "volcano"): string {
  const total = Object.values(quotas).reduce((sum, accelerators) => sum + accelerators, 0);
  return platform.stackFile({
    environment: "local",
    pools: [{ name: pool, accelerator, nodes, acceleratorsPerNode }],
    queueing: { backend, cohorts: ["platform"] },
    teams: Object.entries(quotas).map(([name, accelerators]) => ({
      name,
      costCenter: "cc-1",
      cohort: "platform",
      quotas: [{ pool, accelerators, borrowingLimit: total - accelerators }],
    })),
  });
}
