/** When a notebook was last active, row by row; times are minutes before noon. */
import { expect, test } from "vitest";
import { lastActive } from "../../../../components/interactive/culler/idleness.ts";

const noon = Date.parse("2026-11-21T12:00:00Z");
const at = (minutesBefore: number) => new Date(noon - minutesBefore * 60_000).toISOString();
const kernel = (minutesBefore: number, state = "idle") => ({
  last_activity: at(minutesBefore),
  execution_state: state,
});
const idle = { started: 300, kernels: [kernel(45), kernel(31)], terminals: [] };

test.each([
  { case: "the kernel that was used last counts", ...idle, known: undefined, want: 31 },
  {
    case: "a kernel at work is active, however long ago it began",
    ...idle,
    kernels: [kernel(45, "busy")],
    known: 45,
    want: 0,
  },
  {
    case: "a kernel that nobody ever talked to stays `starting`",
    ...idle,
    kernels: [kernel(50, "starting")],
    known: undefined,
    want: 50,
  },
  {
    case: "a terminal counts like a kernel",
    ...idle,
    terminals: [{ last_activity: at(5) }],
    known: undefined,
    want: 5,
  },
  { case: "a server that has just started", ...idle, started: 2, known: undefined, want: 2 },
  { case: "nothing open, and nothing known: from now on", ...idle, kernels: [], known: undefined, want: 0 },
  { case: "nothing open: as it was when it was last looked at", ...idle, kernels: [], known: 20, want: 20 },
  { case: "a kernel closed meanwhile was active until it was", ...idle, known: 10, want: 10 },
  { case: "nothing open since before a new start", ...idle, started: 3, kernels: [], known: 20, want: 3 },
  { case: "a clock that runs ahead", ...idle, kernels: [kernel(-9)], known: undefined, want: 0 },
])("$case", ({ started, kernels, terminals, known, want }) => {
  const remembered = known === undefined ? undefined : noon - known * 60_000;
  const active = lastActive({ status: { started: at(started) }, kernels, terminals }, remembered, noon);
  expect((noon - active) / 60_000).toBe(want);
});

test("what is no time is no answer", () => {
  const activity = { status: { started: "yesterday" }, kernels: [], terminals: [] };
  expect(() => lastActive(activity, undefined, noon)).toThrow('"yesterday" is not a time');
});
