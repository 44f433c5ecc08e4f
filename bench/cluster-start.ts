/** How long does the embedded cluster take to start, with the toolchain built? */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toolchainDirectory } from "../embedded/toolchain/toolchain.ts";
import { TestPlatform } from "../test/support/platform.ts";
import { machine, median, rounded, seconds } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const rounds = 5;
const goals = { first: 10, prepared: 6, again: 6 };

/** Each round has a cache of its own, so that its first start finds no prepared data. */
export async function run(): Promise<Table> {
  const times = { first: [] as number[], prepared: [] as number[], again: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const cache = mkdtempSync(join(tmpdir(), "plinth-cache-"));
    mkdirSync(join(cache, "plinth"));
    symlinkSync(toolchainDirectory(process.env), join(cache, "plinth", "toolchain"));
    const environment = { XDG_CACHE_HOME: cache };
    const [one, two] = [new TestPlatform(environment), new TestPlatform(environment)];
    try {
      times.first.push(await seconds(() => one.must("cluster", "up")));
      await one.must("cluster", "down");
      times.prepared.push(await seconds(() => two.must("cluster", "up")));
      await two.must("cluster", "down");
      times.again.push(await seconds(() => two.must("cluster", "up")));
    } finally {
      await Promise.all([one.remove(), two.remove()]);
      rmSync(cache, { recursive: true });
    }
  }
  const row = (start: string, own: readonly number[], goalSeconds: number) => ({
    start,
    medianSeconds: rounded(median(own)),
    maxSeconds: rounded(Math.max(...own)),
    goalSeconds,
  });
  return {
    question: "How long until every part of the control plane is ready, whole command included?",
    machine: machine(),
    rows: [
      row("first on this machine", times.first, goals.first),
      row("new installation, prepared data", times.prepared, goals.prepared),
      row("stopped and started again", times.again, goals.again),
    ],
    notes: [`${rounds} rounds.`],
  };
}
