import { describe, expect, test } from "vitest";
import { formatPath } from "../../../components/planning/problem.ts";
import { maxTraceJobs, parseTrace, type TraceOptions } from "../../../components/planning/trace.ts";

const priorities = { low: 100, normal: 500, high: 1000 };
const csv: TraceOptions = { format: "csv", priorities, defaultPriority: 500 };
const jsonl: TraceOptions = { ...csv, format: "jsonl" };

const header = "name,team,pool,accelerators,submitted,durationSeconds";

/** A valid line, of which each case spoils one thing. */
const valid = { name: "a", team: "red", pool: "h100", accelerators: 8, submitted: 100, durationSeconds: 60 };

function problemsOf(change: object): string[] {
  const { problems } = parseTrace(JSON.stringify({ ...valid, ...change }), jsonl);
  return problems.map(({ path, given, allowed }) => `${formatPath(path)}: ${given}; ${allowed}`);
}

describe("what a history says", () => {
  const want = [
    {
      line: 3,
      name: "b, the first",
      team: "blue",
      pool: "h100",
      accelerators: 1,
      fraction: 1,
      priority: 500,
      submittedSeconds: 0,
      durationSeconds: 1.5,
    },
    {
      line: 2,
      name: "a",
      team: "red",
      pool: "h100",
      accelerators: 16,
      fraction: 1,
      priority: 500,
      submittedSeconds: 40,
      durationSeconds: 3600,
    },
  ];

  test("CSV: the oldest first, times from the first job on", () => {
    const text = `${header}\na,red,h100,16,1040,3600\n"b, the first",blue,h100,1,1000,1.5\n`;
    expect(parseTrace(text, csv)).toEqual({ jobs: want, problems: [] });
  });

  test("JSON lines say the same", () => {
    const lines = [
      { ...valid, accelerators: 16, submitted: 1040, durationSeconds: 3600 },
      {
        ...valid,
        name: "b, the first",
        team: "blue",
        accelerators: 1,
        submitted: 1000,
        durationSeconds: 1.5,
      },
    ];
    const text = `\n${lines.map((line) => JSON.stringify(line)).join("\n")}`;
    expect(parseTrace(text, jsonl)).toEqual({ jobs: want, problems: [] });
  });

  test.each([
    { case: "a time", change: { submitted: "2026-11-21T09:00:00Z" }, want: { submittedSeconds: 0 } },
    { case: "a priority by name", change: { priority: "high" }, want: { priority: 1000 } },
    { case: "a priority by number", change: { priority: 7 }, want: { priority: 7 } },
    { case: "memory", change: { memoryGiB: 12.5 }, want: { memoryGiB: 12.5 } },
    { case: "part of one", change: { accelerators: 1, fraction: 0.25 }, want: { fraction: 0.25 } },
    { case: "nodes", change: { nodes: 4 }, want: { nodes: 4 } },
    { case: "an accelerator", change: { pool: undefined, accelerator: "l4" }, want: { accelerator: "l4" } },
  ])("$case", ({ change, want: fields }) => {
    const { jobs, problems } = parseTrace(JSON.stringify({ ...valid, ...change }), jsonl);
    expect(problems).toEqual([]);
    expect(jobs[0]).toMatchObject(fields);
  });

  test("two times are as far apart as their clocks, whatever their zones", () => {
    const text = `${header}\na,red,h100,1,2026-11-21T09:00:00Z,1\nb,red,h100,1,2026-11-21T10:00:30+01:00,1`;
    expect(parseTrace(text, csv).jobs.map(({ submittedSeconds }) => submittedSeconds)).toEqual([0, 30]);
  });

  test("an empty cell says nothing, and an empty file has no jobs", () => {
    const text = `priority,${header}\n,a,red,h100,1,0,1`;
    expect(parseTrace(text, csv)).toMatchObject({ jobs: [{ priority: 500 }], problems: [] });
    expect(parseTrace("", csv)).toEqual({ jobs: [], problems: [] });
  });
});

const names = "lower-case letters, digits and dashes, at most 63";

test.each([
  { case: "a name", change: { name: "" }, want: 'line 1.name: ""; 1 to 253 characters' },
  { case: "a team", change: { team: "Red" }, want: `line 1.team: "Red"; ${names}` },
  { case: "a pool", change: { pool: "h_100" }, want: `line 1.pool: "h_100"; ${names}` },
  {
    case: "no accelerators",
    change: { accelerators: 0 },
    want: "line 1.accelerators: 0; a whole number from 1 to 100000",
  },
  {
    case: "half an accelerator",
    change: { accelerators: 0.5 },
    want: "line 1.accelerators: 0.5; a whole number from 1 to 100000",
  },
  {
    case: "a missing field",
    change: { accelerators: undefined },
    want: "line 1.accelerators: nothing; a whole number from 1 to 100000",
  },
  { case: "nodes", change: { nodes: -1 }, want: "line 1.nodes: -1; a whole number from 1 to 10000" },
  {
    case: "nodes that do not divide",
    change: { nodes: 3 },
    want: "line 1.nodes: 8 accelerators on 3 nodes; the same number of accelerators on each node",
  },
  {
    case: "no fraction",
    change: { accelerators: 1, fraction: 0 },
    want: "line 1.fraction: 0; a number above 0, at most 1",
  },
  {
    case: "a fraction of several",
    change: { fraction: 0.5 },
    want: "line 1.fraction: 0.5 of 8 accelerators; a fraction of 1 accelerator",
  },
  {
    case: "memory",
    change: { memoryGiB: "40Gi" },
    want: 'line 1.memoryGiB: "40Gi"; a number above 0, at most 10000',
  },
  {
    case: "a day without a time",
    change: { submitted: "2026-11-21" },
    want: 'line 1.submitted: "2026-11-21"; seconds from 0, or a time such as 2026-11-21T09:00:00Z',
  },
  {
    case: "no duration",
    change: { durationSeconds: 0 },
    want: "line 1.durationSeconds: 0; a number above 0, at most 31536000 (a year)",
  },
  {
    case: "a value that is neither text nor number",
    change: { durationSeconds: [60] },
    want: "line 1.durationSeconds: [60]; a number above 0, at most 31536000 (a year)",
  },
  {
    case: "a priority that nobody has",
    change: { priority: "urgent" },
    want: 'line 1.priority: "urgent"; a whole number from 0 to 1000000, or the name of a priority',
  },
  {
    case: "both",
    change: { accelerator: "l4" },
    want: "line 1: pool and accelerator; exactly one of the two",
  },
  {
    case: "neither",
    change: { pool: undefined },
    want: "line 1: neither pool nor accelerator; exactly one of the two",
  },
])("refused: $case", ({ change, want }) => {
  expect(problemsOf(change)).toEqual([want]);
});

describe("refused, each by its line", () => {
  const known =
    "name, team, pool, accelerator, accelerators, nodes, fraction, memoryGiB, submitted, durationSeconds, " +
    "priority";

  function told(text: string, options: TraceOptions): string[] {
    return parseTrace(text, options).problems.map(({ path, given, allowed }) => {
      return `${formatPath(path)}: ${given}; ${allowed}`;
    });
  }

  test("every bad line of a file, while the good ones are read", () => {
    const text = `${header}\na,red,h100,1,0,1\n,red,h100,0,0,1\nb,red,h100\na,red,h100,1,0,1`;
    expect(told(text, csv)).toEqual([
      "line 3.name: nothing; 1 to 253 characters",
      'line 3.accelerators: "0"; a whole number from 1 to 100000',
      "line 4: 3 cells; 6 cells, as in the first line",
      'line 5.name: "a", which line 2 already has; each name once',
    ]);
    expect(parseTrace(text, csv).jobs.map(({ line }) => line)).toEqual([2]);
  });

  test("a column or key that does not exist", () => {
    expect(told(`${header},gpu`, csv)).toEqual([`line 1: gpu; ${known}`]);
    expect(told(JSON.stringify({ ...valid, gpu: 1 }), jsonl)).toEqual([`line 1: gpu; ${known}`]);
  });

  test("a line that is no object", () => {
    expect(told("[]\n{", jsonl)).toEqual(["line 1: []; one JSON object", "line 2: {; one JSON object"]);
  });

  test("more lines than a simulation can take", () => {
    const [problem] = parseTrace("x\n".repeat(maxTraceJobs + 1), jsonl).problems;
    expect(problem).toMatchObject({ path: ["line 1000001"], given: "1000001 lines", allowed: "1000000" });
  });
});
