import { expect, test } from "vitest";
import { traceRow } from "../../../../bench/support/runtime-cuda/trace.ts";
import { loadReport } from "../../../../runtime/load/load-report.ts";

test("what came of a trace: medians and slowest hundredths, in milliseconds", () => {
  const pieceSeconds = [1.5, 1.7, 1.9];
  const one = { promptTokens: 4, answerTokens: 3, startSeconds: 1, pieceSeconds, endSeconds: 1.9 };
  expect(traceRow(1, 2, loadReport([one], {}, 3))).toEqual({
    what: "trace, 1 requests, 2 times as fast",
    failed: 0,
    requestsPerSecond: 0.33,
    tokensPerSecond: 1,
    ttftMedian: 500,
    ttftP99: 500,
    tpotMedian: 200,
    tpotP99: 200,
  });
});
