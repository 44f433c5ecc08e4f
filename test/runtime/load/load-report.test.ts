import { expect, test } from "vitest";
import { loadReport, percentile } from "../../../runtime/load/load-report.ts";

test.each([
  { values: [], percent: 50, want: 0 },
  { values: [7], percent: 99, want: 7 },
  { values: [1, 2], percent: 50, want: 1.5 },
  { values: [1, 2, 3, 4, 5], percent: 50, want: 3 },
  { values: [0, 10, 20, 30, 40], percent: 90, want: 36 },
  { values: [0, 10, 20, 30, 40], percent: 0, want: 0 },
  { values: [0, 10, 20, 30, 40], percent: 100, want: 40 },
])("$percent % of $values is $want", ({ values, percent, want }) => {
  expect(percentile(values, percent)).toBe(want);
});

/** Times are sums of powers of two: every figure is exact. */
const samples = [
  { promptTokens: 10, answerTokens: 3, startSeconds: 0, pieceSeconds: [0.5, 0.75, 1.25], endSeconds: 1.5 },
  { promptTokens: 20, answerTokens: 1, startSeconds: 1, pieceSeconds: [2], endSeconds: 2 },
  { promptTokens: 30, answerTokens: 5, startSeconds: 1, pieceSeconds: [1.25, 2.25], endSeconds: 3.25 },
  {
    promptTokens: 40,
    answerTokens: 0,
    startSeconds: 1,
    pieceSeconds: [],
    endSeconds: 4,
    error: "503 queue_full",
  },
];

test("every figure of four requests, one of which failed", () => {
  const { errors, ...report } = loadReport(samples, { ttft: 500, tpot: 500 }, 4);
  expect(report).toMatchObject({
    duration: 4,
    completed: 3,
    failed: 1,
    total_input_tokens: 60,
    total_output_tokens: 9,
    request_throughput: 0.75,
    output_throughput: 2.25,
    total_token_throughput: 17.25,
    // The second has its first token too late; the third meets both, at the very limit.
    request_goodput: 0.5,
    median_ttft_ms: 500,
    p90_ttft_ms: 900,
    p99_ttft_ms: 990,
    mean_tpot_ms: 500,
    median_tpot_ms: 500,
    std_tpot_ms: 0,
    median_itl_ms: 500,
    p50_itl_ms: 500,
    median_e2el_ms: 1500,
    mean_e2el_ms: (1500 + 1000 + 2250) / 3,
  });
  expect(report.mean_ttft_ms).toBe((500 + 1000 + 250) / 3);
  expect(report.mean_itl_ms).toBe((250 + 500 + 1000) / 3);
  expect(errors).toEqual({ "503 queue_full": 1 });
});

test("the names are those of vLLM's bench", () => {
  const spreads = ["ttft", "tpot", "itl", "e2el"].flatMap((name) =>
    ["mean", "median", "std", "p50", "p90", "p99"].map((figure) => `${figure}_${name}_ms`),
  );
  expect(Object.keys(loadReport(samples, {}, 4)).sort()).toEqual(
    [
      "duration",
      "completed",
      "failed",
      "total_input_tokens",
      "total_output_tokens",
      "request_throughput",
      "request_goodput",
      "output_throughput",
      "total_token_throughput",
      "errors",
      ...spreads,
    ].sort(),
  );
});

test("without objectives there is no goodput, and without requests nothing but zeros", () => {
  expect(loadReport(samples, {}, 4).request_goodput).toBeNull();
  const nothing = loadReport([], { e2el: 1 }, 0);
  expect([nothing.request_goodput, nothing.mean_ttft_ms, nothing.p99_itl_ms]).toEqual([0, 0, 0]);
});

test.each([
  { objectives: { e2el: 2000 }, want: 0.5 },
  { objectives: { e2el: 1000 }, want: 0.25 },
  { objectives: { ttft: 250, e2el: 2000 }, want: 0 },
  { objectives: { tpot: 500 }, want: 0.75 },
])("goodput by $objectives", ({ objectives, want }) => {
  expect(loadReport(samples, objectives, 4).request_goodput).toBe(want);
});
