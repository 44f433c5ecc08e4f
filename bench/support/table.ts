/** The result of a bench: a question, rows of figures, and what to make of them. */

export interface Table {
  readonly question: string;
  readonly machine: string;
  readonly rows: readonly Readonly<Record<string, string | number>>[];
  /** Goals and remarks, one sentence each. */
  readonly notes: readonly string[];
}

export function renderTable({ question, machine, rows, notes }: Table): string {
  const columns = Object.keys(rows[0] ?? {});
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? "")))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  const lines = cells.map((line) => line.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  "));
  return [question, machine, "", ...lines.map((line) => line.trimEnd()), "", ...notes, ""].join("\n");
}
