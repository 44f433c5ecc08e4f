import { expect, test } from "vitest";
import { usageOf } from "../../../runtime/server/usage.ts";

const end = (promptTokens: number, answerTokens: number, cachedTokens: number) =>
  ({ finish: "stop", promptTokens, answerTokens, cachedTokens }) as const;

test.each([
  { case: "one choice", ends: [end(10, 3, 4)], per: 1, want: [10, 3, 13, 4] },
  { case: "two choices of one prompt", ends: [end(10, 3, 0), end(10, 5, 8)], per: 2, want: [10, 8, 18, 0] },
  { case: "two prompts", ends: [end(10, 3, 4), end(20, 5, 16)], per: 1, want: [30, 8, 38, 20] },
  {
    case: "two prompts of two choices",
    ends: [end(10, 1, 1), end(10, 1, 9), end(20, 1, 2), end(20, 1, 9)],
    per: 2,
    want: [30, 4, 34, 3],
  },
])("$case: a prompt counts once", ({ ends, per, want }) => {
  const usage = usageOf(ends, per);
  const { prompt_tokens, completion_tokens, total_tokens, prompt_tokens_details } = usage;
  expect([prompt_tokens, completion_tokens, total_tokens, prompt_tokens_details.cached_tokens]).toEqual(want);
});

test("tokens of thoughts are told where a model thinks", () => {
  expect(usageOf([end(10, 3, 4)], 1)).not.toHaveProperty("completion_tokens_details");
  expect(usageOf([end(10, 3, 4)], 1, 2).completion_tokens_details).toEqual({ reasoning_tokens: 2 });
});
