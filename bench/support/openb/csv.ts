/** Reads tables of comma-separated values without quoting, and tells every damaged line at once. */
import { readFileSync } from "node:fs";
import type { z } from "zod";
import { BenchRefusal } from "../table.ts";

/** At most so many damaged lines are told: a wrong file has thousands. */
const toldProblems = 10;

/** Rows by column name, each parsed by the schema; columns that it does not name are left alone. */
export function readCsv<S extends z.ZodType>(file: string, schema: S): z.output<S>[] {
  const [head = "", ...lines] = readFileSync(file, "utf8").trimEnd().split(/\r?\n/);
  const columns = head.split(",");
  const problems: string[] = [];
  const rows = lines.flatMap((line, index) => {
    const cells = line.split(",");
    const where = `line ${index + 2}`;
    if (cells.length !== columns.length) {
      problems.push(`${where}: ${cells.length} values, but ${columns.length} columns`);
      return [];
    }
    const parsed = schema.safeParse(Object.fromEntries(columns.map((column, at) => [column, cells[at]])));
    if (parsed.success) return [parsed.data];
    problems.push(
      ...parsed.error.issues.map((issue) => `${where}, ${issue.path.join(".")}: ${issue.message}`),
    );
    return [];
  });
  if (problems.length === 0) return rows;
  const told = problems.slice(0, toldProblems);
  const more = problems.length > told.length ? [`and ${problems.length - told.length} more`] : [];
  throw new BenchRefusal([`${file} cannot be read:`, ...told, ...more].join("\n  "));
}
