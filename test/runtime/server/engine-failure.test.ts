import { expect, test } from "vitest";
import { greedy } from "../../../runtime/engine/greedy.ts";
import { apiErrorOf } from "../../../runtime/server/api-error.ts";
import { failureOf, refusalOf } from "../../../runtime/server/engine-failure.ts";

const request = {
  prompt: Int32Array.of(1, 2),
  answerTokens: 3,
  stopTokens: [],
  sampling: greedy,
  tenant: "a",
};

test.each([
  { admission: "queue-full", want: [503, "queue_full", 9] },
  { admission: "unavailable", want: [503, "not_ready", 9] },
  { admission: "never-fits", want: [400, "context_length_exceeded", undefined] },
] as const)("not taken: $admission", ({ admission, want }) => {
  const { status, code, retrySeconds } = refusalOf(admission, request, 9);
  expect([status, code, retrySeconds]).toEqual(want);
});

test("what never fits is told with its figures", () => {
  expect(refusalOf("never-fits", request, 9).message).toBe(
    "a prompt of 2 tokens and an answer of 3 never fit into the cache",
  );
});

test.each([
  { reason: "aborted", want: [500, "internal_error", undefined] },
  { reason: "crowded-out", want: [503, "crowded_out", 9] },
  { reason: "non-finite-logits", want: [500, "non_finite_logits", undefined] },
  { reason: "grammar-refused", want: [400, "invalid_grammar", undefined] },
  { reason: "failed", want: [500, "internal_error", undefined] },
  { reason: "device-lost", want: [503, "device_lost", 9] },
] as const)("not finished: $reason", ({ reason, want }) => {
  const { status, code, retrySeconds } = apiErrorOf(failureOf({ reason }, 9));
  expect([status, code, retrySeconds]).toEqual(want);
});

test("a grammar that was refused is told of the field that it was made of, with the reason", () => {
  const end = { reason: "grammar-refused", problem: "it says nothing" } as const;
  const { message, param } = apiErrorOf(failureOf(end, 9, "tools[1].function.parameters"));
  expect([message, param]).toEqual([
    "tools[1].function.parameters: it says nothing",
    "tools[1].function.parameters",
  ]);
});

test("who is crowded out hears of what, if it is not the cache", () => {
  const messageOf = (problem?: string) => {
    return failureOf({ reason: "crowded-out", ...(problem && { problem }) }, 9).message;
  };
  expect(messageOf()).toBe("the engine's cache has no room left for this answer");
  expect(messageOf("too many grammars wait to be compiled")).toBe("too many grammars wait to be compiled");
});

test("how the engine failed is told to the log, and not to the client", () => {
  const failure = failureOf({ reason: "failed", problem: "out of memory" }, 9);
  expect(failure.message).toBe("the engine failed at a request: out of memory");
  expect(apiErrorOf(failure).message).toBe("the server failed; what it was doing is in its log");
});
