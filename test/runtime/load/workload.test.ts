import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadOf, readTrace } from "../../../runtime/load/workload.ts";
import { SettingsError } from "../../../runtime/settings.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const head = "TIMESTAMP,ContextTokens,GeneratedTokens";

function traceOf(...lines: string[]): string {
  const file = join(temporaryDirectory(), "trace.csv");
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

test("a trace has lengths, and times after its first", () => {
  const file = traceOf(
    head,
    "2023-11-16 18:17:03.9799600,4808,10",
    "2023-11-16 18:17:04.0319600,3180,8",
    "2023-11-16 18:18:03.9799600,110,27",
  );
  const told = readTrace(file, 10);
  expect(told.map(({ promptTokens, answerTokens }) => [promptTokens, answerTokens])).toEqual([
    [4808, 10],
    [3180, 8],
    [110, 27],
  ]);
  expect(told.map(({ arrivalSeconds = -1 }) => Math.round(arrivalSeconds * 1000))).toEqual([0, 52, 60_000]);
  expect(readTrace(file, 1).length).toBe(1);
});

test.each([
  { case: "no file", lines: undefined, want: /nowhere\.csv: ENOENT/ },
  { case: "no request", lines: [head], want: /has no request$/ },
  { case: "no such column", lines: ["A,B", "1,2"], want: /line 2, TIMESTAMP: / },
  { case: "no time", lines: [head, "soon,1,1"], want: /line 2, TIMESTAMP: soon is no time$/ },
  {
    case: "no token",
    lines: [head, "2023-11-16 18:17:03,1,1", "2023-11-16 18:17:03,0,1"],
    want: /line 3, ContextTokens: Too small/,
  },
])("refused: $case", ({ lines, want }) => {
  const file = lines ? traceOf(...lines) : "nowhere.csv";
  expect(() => readTrace(file, 10)).toThrow(SettingsError);
  expect(() => readTrace(file, 10)).toThrow(want);
});

const lengths = Array.from({ length: 4000 }, () => ({ promptTokens: 3, answerTokens: 2 }));
const plan = { lengths, speedup: 1, seed: 7, vocabularySize: 50 };

test("the same seed is the same load, and another one another", () => {
  expect(loadOf({ ...plan, rate: 10 })).toEqual(loadOf({ ...plan, rate: 10 }));
  expect(loadOf({ ...plan, rate: 10, seed: 8 })).not.toEqual(loadOf({ ...plan, rate: 10 }));
  const tokens = loadOf(plan).flatMap(({ prompt }) => prompt);
  expect([Math.min(...tokens), Math.max(...tokens), tokens.length]).toEqual([0, 49, 12_000]);
});

test("arrivals of a rate are Poisson's: gaps of its mean, and as wide as they are long", () => {
  const times = loadOf({ ...plan, rate: 20 }).map(({ arrivalSeconds = 0 }) => arrivalSeconds);
  const gaps = times.map((time, index) => time - (times[index - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  expect(Math.abs(mean * 20 - 1)).toBeLessThan(0.05);
  expect(Math.abs(Math.sqrt(variance) / mean - 1)).toBeLessThan(0.05);
  expect(gaps.every((gap) => gap >= 0)).toBe(true);
});

test("without a rate a trace's times hold, as fast as is asked, and fixed lengths have none", () => {
  const traced = [
    { promptTokens: 1, answerTokens: 1, arrivalSeconds: 0 },
    { promptTokens: 1, answerTokens: 1, arrivalSeconds: 9 },
  ];
  const of = (speedup: number) => loadOf({ ...plan, lengths: traced, speedup });
  expect(of(1).map(({ arrivalSeconds }) => arrivalSeconds)).toEqual([0, 9]);
  expect(of(3).map(({ arrivalSeconds }) => arrivalSeconds)).toEqual([0, 3]);
  expect(loadOf(plan)[0]).toEqual({ prompt: loadOf(plan)[0]?.prompt, answerTokens: 2 });
});
