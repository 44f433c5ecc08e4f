/** How much memory does the embedded platform take when nothing happens, Kueue included? */
import { globSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { TestPlatform } from "../test/support/platform.ts";
import { machine, rounded } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const settleMs = 30_000;
const goalGiB = 1.2;

export async function run(): Promise<Table> {
  const platform = new TestPlatform();
  try {
    await platform.must("up", "--json");
    await sleep(settleMs);
    const files = globSync(["run/*.json", "pods/*/*.json"], { cwd: platform.state.root });
    const rows = files.map((file) => {
      const { pid } = JSON.parse(readFileSync(platform.state.path(file), "utf8"));
      return { process: file.replace(/^.*\//, "").replace(".json", ""), residentMiB: residentMiB(pid) };
    });
    const totalMiB = rows.reduce((sum, { residentMiB }) => sum + residentMiB, 0);
    return {
      question: "How much memory does the embedded platform take when idle, with the shipped stack up?",
      machine: machine(),
      rows: [...rows, { process: "total", residentMiB: totalMiB }],
      notes: [`Total ${rounded(totalMiB / 1024)} GiB; goal ${goalGiB} GiB.`],
    };
  } finally {
    await platform.remove();
  }
}

/** Resident set as proc(5) gives it; pages shared between processes count in each. */
function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024);
}
