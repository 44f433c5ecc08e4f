/** What the engine did not take or did not finish, as clients are told. */
import type { Admission, GenerationEnd, GenerationRequest } from "../engine/contract.ts";
import { ApiError } from "./api-error.ts";

/** A request that was not taken; `retrySeconds`: when a client that was sent away may come back. */
export function refusalOf(
  admission: Exclude<Admission, "waiting">,
  request: GenerationRequest,
  retrySeconds: number,
): ApiError {
  if (admission === "queue-full")
    return new ApiError("queue_full", "the engine's queue is full", { retrySeconds });
  if (admission === "unavailable")
    return new ApiError("not_ready", "the engine is being started", { retrySeconds });
  const [prompt, answer] = [request.prompt.length, request.answerTokens];
  const message = `a prompt of ${prompt} tokens and an answer of ${answer} never fit into the cache`;
  return new ApiError("context_length_exceeded", message);
}

/** An end that is no answer; what is no ApiError is for the log alone. */
export function failureOf(
  { reason, problem }: Pick<GenerationEnd, "reason" | "problem">,
  retrySeconds: number,
  grammarParam = "response_format",
): Error {
  switch (reason) {
    case "stop":
    case "length":
    case "aborted":
      return new ApiError("internal_error", "the answer was ended before it was whole");
    case "crowded-out": {
      const message = problem ?? "the engine's cache has no room left for this answer";
      return new ApiError("crowded_out", message, { retrySeconds });
    }
    case "non-finite-logits":
      return new ApiError("non_finite_logits", "the model computed values that are no numbers");
    case "grammar-refused": {
      const message = `${grammarParam}: ${problem ?? "no answer can be held to this grammar"}`;
      return new ApiError("invalid_grammar", message, { param: grammarParam });
    }
    case "failed":
      return new Error(`the engine failed at a request: ${problem ?? "it did not say why"}`);
    case "device-lost":
      return new ApiError("device_lost", "the engine was lost", { retrySeconds });
  }
}
