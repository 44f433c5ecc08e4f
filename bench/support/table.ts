/** A bench: the options that it understands, and its result: a question, rows of figures, remarks. */
import type { ParseArgsConfig } from "node:util";

export type Options = NonNullable<ParseArgsConfig["options"]>;

export interface Bench {
  /** Beside --json, which every bench understands. */
  readonly options?: Options;
  run(values: Readonly<Record<string, unknown>>): Promise<Table>;
}

export interface Table {
  readonly question: string;
  readonly machine: string;
  readonly rows: readonly Readonly<Record<string, string | number>>[];
  /** Goals and remarks, one sentence each. */
  readonly notes: readonly string[];
  /** The result in a few figures, put beside the rows in JSON. */
  readonly summary?: Readonly<Record<string, string | number>>;
}

/** A bench that cannot run, for a reason that its caller can mend. */
export class BenchRefusal extends Error {}

export function renderTable({ question, machine, rows, notes }: Table): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? "")))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  const lines = cells.map((line) => line.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  "));
  return [question, machine, "", ...lines.map((line) => line.trimEnd()), "", ...notes, ""].join("\n");
}
