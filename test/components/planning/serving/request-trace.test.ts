import { expect, test } from "vitest";
import { readRequestTrace, traceArrivals } from "../../../../components/planning/serving/request-trace.ts";

test("Azure's lines: seven digits of a second, oldest first, from the first request on", () => {
  const text = [
    "TIMESTAMP,ContextTokens,GeneratedTokens",
    "2023-11-16 18:17:04.0319600,3180,8",
    "2023-11-16 18:17:03.9799600,4808,10\r",
    "",
  ].join("\n");
  expect(readRequestTrace(text, "azure-csv")).toEqual({
    requests: [
      { arrivalSeconds: 0, promptTokens: 4808, answerTokens: 10 },
      { arrivalSeconds: expect.closeTo(0.052, 6), promptTokens: 3180, answerTokens: 8 },
    ],
    problems: [],
  });
});

test("Mooncake's lines: milliseconds", () => {
  const text = `{"timestamp": 1000, "input_length": 6758, "output_length": 500, "hash_ids": [0]}
{"timestamp": 4500, "input_length": 7322, "output_length": 490, "hash_ids": [0]}`;
  expect(readRequestTrace(text, "mooncake-jsonl").requests).toEqual([
    { arrivalSeconds: 0, promptTokens: 6758, answerTokens: 500 },
    { arrivalSeconds: 3.5, promptTokens: 7322, answerTokens: 490 },
  ]);
});

test.each([
  { case: "no time", format: "azure-csv", line: "yesterday,10,10" },
  { case: "half a token", format: "azure-csv", line: "2023-11-16 18:17:03.9799600,10.5,10" },
  { case: "no answer", format: "azure-csv", line: "2023-11-16 18:17:03.9799600,10,0" },
  { case: "no JSON", format: "mooncake-jsonl", line: "{" },
  { case: "no object", format: "mooncake-jsonl", line: "7" },
  { case: "no length", format: "mooncake-jsonl", line: '{"timestamp": 1, "input_length": 5}' },
] as const)("a line that cannot be read is told by its number: $case", ({ format, line }) => {
  const { requests, problems } = readRequestTrace(`\n${line}`, format);
  expect(requests).toEqual([]);
  expect(problems).toEqual([
    {
      path: [2],
      given: line,
      allowed: expect.stringMatching(/tokens|length/),
      remedy: "mend the line, or drop it",
    },
  ]);
});

test("the rate of a trace is that of its busy times", () => {
  // 60 requests in ten seconds, then one each ten seconds.
  const busy = Array.from({ length: 60 }, (_, index) => index / 6);
  const idle = Array.from({ length: 3 }, (_, index) => 10 + 10 * index);
  const requests = [...busy, ...idle].map((arrivalSeconds) => ({
    arrivalSeconds,
    promptTokens: 100,
    answerTokens: 7,
  }));
  expect(traceArrivals(requests)).toEqual({
    requestsPerSecond: 6,
    prompt: { mean: 100, p95: 100 },
    answer: { mean: 7, p95: 7 },
  });
});
