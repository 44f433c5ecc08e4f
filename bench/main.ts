/** Runs one bench by name and prints its table, or its rows as JSON. */
import { parseArgs } from "node:util";
import { renderTable, type Table } from "./support/table.ts";

/** Loaded when asked for, so that one bench's imports never weigh on another. */
const benches: Readonly<Record<string, () => Promise<{ run(): Promise<Table> }>>> = {
  up: () => import("./up.ts"),
  "cluster-start": () => import("./cluster-start.ts"),
  memory: () => import("./memory.ts"),
  nodes: () => import("./nodes.ts"),
  growth: () => import("./growth.ts"),
  "state-settings": () => import("./state-settings.ts"),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});
const load = benches[positionals[0] ?? ""];
if (load) {
  const table = await (await load()).run();
  process.stdout.write(values.json ? `${JSON.stringify(table, null, 2)}\n` : renderTable(table));
} else {
  process.stderr.write(`Usage: npm run bench -- ${Object.keys(benches).join(" | ")} [--json]\n`);
  process.exitCode = 2;
}
