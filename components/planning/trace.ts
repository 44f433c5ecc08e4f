/** A job history: what was asked for, when and for how long, one job a line, as CSV or as JSON lines. */
import type { Problem } from "./problem.ts";

export interface TraceJob {
  /** Line of the file, from 1. */
  readonly line: number;
  readonly name: string;
  readonly team: string;
  /** Exactly one of `pool` and `accelerator` is there. */
  readonly pool?: string;
  readonly accelerator?: string;
  /** All accelerators of the job. */
  readonly accelerators: number;
  /** Pods that the accelerators divide into; undefined: as few as fit. */
  readonly nodes?: number;
  /** Part of one accelerator that the job needs; 1 unless said. */
  readonly fraction: number;
  /** Accelerator memory that it needs, if it is known. */
  readonly memoryGiB?: number;
  /** Since the first job of the trace. */
  readonly submittedSeconds: number;
  readonly durationSeconds: number;
  readonly priority: number;
}

export interface Trace {
  /** Oldest first. */
  readonly jobs: readonly TraceJob[];
  /** One for each mistake; a line with any is not among the jobs. */
  readonly problems: readonly Problem[];
}

export interface TraceOptions {
  readonly format: "csv" | "jsonl";
  /** Names that the priority column may hold beside numbers. */
  readonly priorities: Readonly<Record<string, number>>;
  /** Priority of a job that states none. */
  readonly defaultPriority: number;
}

/** More lines are refused: a simulation of them would take hours. */
export const maxTraceJobs = 1_000_000;

interface Field {
  readonly isRequired: boolean;
  readonly allowed: string;
  /** Undefined when the text is not allowed. */
  readonly read: (text: string, options: TraceOptions) => string | number | undefined;
}

const name: Field["read"] = (text) => (/^\S(.{0,251}\S)?$/.test(text) ? text : undefined);
const label: Field["read"] = (text) => (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text) ? text : undefined);
const names = "lower-case letters, digits and dashes, at most 63";

const fields: Readonly<Record<string, Field>> = {
  name: { isRequired: true, allowed: "1 to 253 characters", read: name },
  team: { isRequired: true, allowed: names, read: label },
  pool: { isRequired: false, allowed: names, read: label },
  accelerator: { isRequired: false, allowed: names, read: label },
  accelerators: { isRequired: true, allowed: "a whole number from 1 to 100000", read: whole(1, 100_000) },
  nodes: { isRequired: false, allowed: "a whole number from 1 to 10000", read: whole(1, 10_000) },
  fraction: { isRequired: false, allowed: "a number above 0, at most 1", read: number(0, 1, true) },
  memoryGiB: { isRequired: false, allowed: "a number above 0, at most 10000", read: number(0, 10_000, true) },
  submitted: {
    isRequired: true,
    allowed: "seconds from 0, or a time such as 2026-11-21T09:00:00Z",
    read: (text) => number(0, 1e11)(text) ?? time(text),
  },
  durationSeconds: {
    isRequired: true,
    allowed: "a number above 0, at most 31536000 (a year)",
    read: number(0, 31_536_000, true),
  },
  priority: {
    isRequired: false,
    allowed: "a whole number from 0 to 1000000, or the name of a priority",
    read: (text, { priorities }) => priorities[text] ?? whole(0, 1_000_000)(text),
  },
};

const fieldNames = Object.keys(fields).join(", ");

/** Reads a whole history; every mistake of every line is told. */
export function parseTrace(text: string, options: TraceOptions): Trace {
  const lines = text
    .split(/\r?\n/)
    .map((content, index) => ({ content, line: index + 1 }))
    .filter(({ content }) => content.trim() !== "");
  if (lines.length > maxTraceJobs) {
    return {
      jobs: [],
      problems: [mistake(maxTraceJobs + 1, "", `${lines.length} lines`, `${maxTraceJobs}`)],
    };
  }
  const records = options.format === "csv" ? csvRecords(lines) : jsonRecords(lines);
  const problems: Problem[] = [...records.problems];
  const found: TraceJob[] = [];
  const lineOf = new Map<string, number>();
  for (const record of records.records) {
    const read = readRecord(record, options);
    const earlier = lineOf.get(read.job.name);
    const repeated = earlier === undefined ? [] : [repetition(record.line, read.job.name, earlier)];
    lineOf.set(read.job.name, earlier ?? record.line);
    problems.push(...read.problems, ...repeated);
    if (read.problems.length + repeated.length === 0) found.push(read.job);
  }
  found.sort((a, b) => a.submittedSeconds - b.submittedSeconds);
  const first = found[0]?.submittedSeconds ?? 0;
  const jobs = found.map((job) => ({ ...job, submittedSeconds: job.submittedSeconds - first }));
  const byLine = (problem: Problem) => Number(/\d+/.exec(String(problem.path[0]))?.[0]);
  return { jobs, problems: problems.sort((a, b) => byLine(a) - byLine(b)) };
}

interface NumberedLine {
  readonly content: string;
  readonly line: number;
}

interface TraceRecord {
  readonly line: number;
  readonly values: Readonly<Record<string, unknown>>;
}

interface Records {
  readonly records: readonly TraceRecord[];
  readonly problems: readonly Problem[];
}

/** The first line names the columns; an empty cell says nothing. */
function csvRecords([header, ...lines]: readonly NumberedLine[]): Records {
  if (!header) return { records: [], problems: [] };
  const columns = cells(header.content);
  const unknown = columns.filter((column) => !(column in fields));
  if (unknown.length > 0) {
    return { records: [], problems: unknown.map((column) => mistake(header.line, "", column, fieldNames)) };
  }
  const problems: Problem[] = [];
  const records: TraceRecord[] = [];
  for (const { content, line } of lines) {
    const values = cells(content);
    if (values.length === columns.length) {
      const entries = columns.map((column, index) => [column, values[index]] as const);
      records.push({ line, values: Object.fromEntries(entries.filter(([, value]) => value !== "")) });
    } else {
      const given = `${values.length} cells`;
      problems.push(mistake(line, "", given, `${columns.length} cells, as in the first line`));
    }
  }
  return { records, problems };
}

/** Cells of one line; a quoted one may hold commas, and quotes written twice. */
function cells(content: string): string[] {
  const found = `${content},`.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*,/g);
  return [...found].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain?.trim() ?? "");
}

function jsonRecords(lines: readonly NumberedLine[]): Records {
  const problems: Problem[] = [];
  const records: TraceRecord[] = [];
  for (const { content, line } of lines) {
    const values = objectOf(content);
    const unknown = Object.keys(values ?? {}).filter((key) => !(key in fields));
    if (!values) problems.push(mistake(line, "", content.slice(0, 60), "one JSON object"));
    else if (unknown.length > 0) problems.push(mistake(line, "", unknown.join(", "), fieldNames));
    else records.push({ line, values });
  }
  return { records, problems };
}

function objectOf(content: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(content);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function readRecord({ line, values }: TraceRecord, options: TraceOptions) {
  const problems: Problem[] = [];
  const read: Record<string, string | number> = {};
  for (const [key, { isRequired, allowed, read: reader }] of Object.entries(fields)) {
    const given = values[key];
    if (given === undefined) {
      if (isRequired) problems.push(mistake(line, key, "nothing", allowed));
      continue;
    }
    const isText = typeof given === "string" || typeof given === "number";
    const value = isText ? reader(String(given), options) : undefined;
    if (value === undefined) problems.push(mistake(line, key, JSON.stringify(given), allowed));
    else read[key] = value;
  }
  const { submitted, ...rest } = read;
  const defaults = { fraction: 1, priority: options.defaultPriority };
  const job = { line, ...defaults, ...rest, submittedSeconds: submitted } as unknown as TraceJob;
  return { job, problems: problems.length > 0 ? problems : jobProblems(job) };
}

/** Fields that do not go together. */
function jobProblems(job: TraceJob): Problem[] {
  const problems: Problem[] = [];
  if ((job.pool === undefined) === (job.accelerator === undefined)) {
    const given = job.pool === undefined ? "neither pool nor accelerator" : "pool and accelerator";
    problems.push(mistake(job.line, "", given, "exactly one of the two"));
  }
  if (job.nodes !== undefined && job.accelerators % job.nodes !== 0) {
    const given = `${job.accelerators} accelerators on ${job.nodes} nodes`;
    problems.push(mistake(job.line, "nodes", given, "the same number of accelerators on each node"));
  }
  if (job.fraction < 1 && job.accelerators !== 1) {
    const given = `${job.fraction} of ${job.accelerators} accelerators`;
    problems.push(mistake(job.line, "fraction", given, "a fraction of 1 accelerator"));
  }
  return problems;
}

function repetition(line: number, given: string, earlier: number): Problem {
  return mistake(
    line,
    "name",
    `${JSON.stringify(given)}, which line ${earlier} already has`,
    "each name once",
  );
}

function mistake(line: number, field: string, given: string, allowed: string): Problem {
  const path = field === "" ? [`line ${line}`] : [`line ${line}`, field];
  return { path, given, allowed, remedy: "mend the line, or leave it out" };
}

function whole(least: number, most: number): (text: string) => number | undefined {
  return (text) => {
    const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  };
}

function number(least: number, most: number, isOpen = false): (text: string) => number | undefined {
  return (text) => {
    const value = /^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    return value <= most && (isOpen ? value > least : value >= least) ? value : undefined;
  };
}

function time(text: string): number | undefined {
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const seconds = isTime ? Date.parse(text) / 1000 : Number.NaN;
  return Number.isNaN(seconds) ? undefined : seconds;
}
