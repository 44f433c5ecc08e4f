/** The status as text tables for a terminal. */
import type { PlatformStatus } from "./platform-status.ts";

/** Columns are as wide as their widest cell; numbers align right. */
export function renderStatus(status: PlatformStatus): string {
  const sections: [string, readonly object[], readonly string[]][] = [
    ["POOLS", status.pools, ["name", "accelerator", "resource", "nodes", "total", "used", "free"]],
    ["QUEUES", status.queues, ["name", "team", "nominal", "used", "borrowed", "pending"]],
    ["TEAMS", teams(status), ["name", "nominal", "used", "running", "waiting"]],
    ...claimSection(status),
    ["WORKLOADS", status.workloads, ["name", "team", "queue", "accelerators", "state", "reason"]],
    ["NOTEBOOKS", status.notebooks, ["name", "team", "owner", "accelerators", "state", "reason"]],
    ...clusterSection(status),
    ...endpointSection(status),
  ];
  return sections.map(([title, rows, columns]) => `${title}\n${table(rows, columns)}`).join("\n\n");
}

/** Only where there are claims: most platforms have none. */
function claimSection({
  allocations = [],
}: PlatformStatus): [string, readonly object[], readonly string[]][] {
  if (allocations.length === 0) return [];
  return [["CLAIMS", allocations, ["pool", "node", "device", "memoryGiB", "team", "pod"]]];
}

/** Only where jobs are sent to other clusters. */
function clusterSection({ clusters = [] }: PlatformStatus): [string, readonly object[], readonly string[]][] {
  if (clusters.length === 0) return [];
  return [["CLUSTERS", clusters, ["name", "state", "reason"]]];
}

function endpointSection({ endpoints }: PlatformStatus): [string, readonly object[], readonly string[]][] {
  if (endpoints.length === 0) return [];
  return [["ENDPOINTS", endpoints, ["name", "team", "ready", "address"]]];
}

function teams({ queues, workloads }: PlatformStatus) {
  const names = [...new Set(queues.map(({ team }) => team))];
  return names.map((name) => {
    const own = queues.filter(({ team }) => team === name);
    const inState = (state: string) =>
      workloads.filter((row) => row.team === name && row.state === state).length;
    return {
      name,
      nominal: total(own.map(({ nominal }) => nominal)),
      used: total(own.map(({ used }) => used)),
      running: inState("Running"),
      waiting: inState("Waiting"),
    };
  });
}

/** Parts of accelerators are hundredths, which do not add up exactly by themselves. */
function total(amounts: readonly number[]): number {
  return Math.round(amounts.reduce((sum, amount) => sum + amount, 0) * 100) / 100;
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
