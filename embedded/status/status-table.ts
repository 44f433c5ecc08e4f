/** The status as text tables for a terminal. */
import type { PlatformStatus } from "./platform-status.ts";

/** Columns are as wide as their widest cell; numbers align right. */
export function renderStatus(status: PlatformStatus): string {
  const sections: [string, readonly object[], readonly string[]][] = [
    ["POOLS", status.pools, ["name", "accelerator", "resource", "nodes", "total", "used", "free"]],
    ["QUEUES", status.queues, ["name", "team", "nominal", "used", "borrowed", "pending"]],
    ["TEAMS", teams(status), ["name", "nominal", "used", "running", "waiting"]],
    ["WORKLOADS", status.workloads, ["name", "team", "queue", "accelerators", "state", "reason"]],
    ["NOTEBOOKS", status.notebooks, ["name", "team", "owner", "accelerators", "state", "reason"]],
  ];
  return sections.map(([title, rows, columns]) => `${title}\n${table(rows, columns)}`).join("\n\n");
}

function teams({ queues, workloads }: PlatformStatus) {
  const names = [...new Set(queues.map(({ team }) => team))];
  return names.map((name) => {
    const own = queues.filter(({ team }) => team === name);
    const inState = (state: string) =>
      workloads.filter((row) => row.team === name && row.state === state).length;
    return {
      name,
      nominal: own.reduce((sum, { nominal }) => sum + nominal, 0),
      used: own.reduce((sum, { used }) => sum + used, 0),
      running: inState("Running"),
      waiting: inState("Waiting"),
    };
  });
}

function table(rows: readonly object[], columns: readonly string[]): string {
  if (rows.length === 0) return "  none";
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(Reflect.get(row, column))))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => (line[index] ?? "").length)));
  const isNumeric = columns.map((column) => typeof Reflect.get(rows[0] ?? {}, column) === "number");
  return cells
    .map((line) =>
      line
        .map((cell, index) =>
          isNumeric[index] ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `  ${line}`)
    .join("\n");
}
