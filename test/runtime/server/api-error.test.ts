import { expect, test } from "vitest";
import { ApiError, apiErrorOf } from "../../../runtime/server/api-error.ts";

test("an error is told as OpenAI's clients read it", () => {
  const error = new ApiError("rate_limit_exceeded", "slower", { retrySeconds: 3 });
  expect([error.status, error.headers]).toEqual([429, { "retry-after": "3" }]);
  expect(error.body).toEqual({
    error: { message: "slower", type: "requests", param: null, code: "rate_limit_exceeded" },
  });
  expect(new ApiError("invalid_value", "no", { param: "n" }).body.error.param).toBe("n");
});

test.each([
  { code: "non_finite_logits", headers: { "x-should-retry": "false" } },
  { code: "answer_timeout", headers: { "x-should-retry": "false" } },
  { code: "draining", headers: { connection: "close" } },
  { code: "invalid_api_key", headers: { "www-authenticate": "Bearer" } },
  { code: "queue_full", headers: {} },
] as const)("$code has its own headers", ({ code, headers }) => {
  expect(new ApiError(code, "a").headers).toEqual(headers);
});

test.each([
  { case: "one of ours", error: new ApiError("queue_full", "full"), want: [503, "queue_full", "full"] },
  {
    case: "the framework's",
    error: Object.assign(new Error("x"), { code: "FST_ERR_CTP_BODY_TOO_LARGE" }),
    want: [413, "body_too_large", "the body is larger than is allowed"],
  },
  {
    case: "one of its parser",
    error: Object.assign(new SyntaxError("at 1"), { statusCode: 400 }),
    want: [400, "invalid_json", "the body is no JSON"],
  },
  {
    case: "one that nobody foresaw",
    error: new TypeError("secret is undefined"),
    want: [500, "internal_error", "the server failed; what it was doing is in its log"],
  },
  {
    case: "no error at all",
    error: "secret",
    want: [500, "internal_error", "the server failed; what it was doing is in its log"],
  },
])("$case has a code, and says nothing of the inside", ({ error, want }) => {
  const told = apiErrorOf(error);
  expect([told.status, told.code, told.message]).toEqual(want);
});
