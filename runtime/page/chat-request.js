/** Asks the server for an answer and tells each piece of it as it comes. */
import { eventData } from "./event-stream.js";

/** What the server says is wrong. */
export class AnswerError extends Error {
  /**
   * @param {string} message
   * @param {number} status 0 if there was no answer at all.
   * @param {string | undefined} code
   */
  constructor(message, status, code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** @param {string} key */
export function authorization(key) {
  return key ? { authorization: `Bearer ${key}` } : {};
}

/**
 * @param {{ model: string, messages: object[], temperature: number, most: number, key: string }} request
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<{ thought?: string, text?: string, finish?: string, tokens?: number }>}
 */
export async function* answerPieces({ model, messages, temperature, most, key }, signal) {
  const response = await fetch("/v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json", ...authorization(key) },
    body: JSON.stringify({
      model,
      messages,
      temperature,
      max_completion_tokens: most,
      stream: true,
      stream_options: { include_usage: true },
    }),
    signal,
  });
  if (!response.ok) throw await problemOf(response);
  let isWhole = false;
  for await (const data of eventData(response.body)) {
    if (data === "[DONE]") return;
    const event = JSON.parse(data);
    if (event.error) throw new AnswerError(event.error.message, response.status, event.error.code);
    const [choice] = event.choices ?? [];
    if (choice?.delta?.reasoning_content) yield { thought: choice.delta.reasoning_content };
    if (choice?.delta?.content) yield { text: choice.delta.content };
    if (choice?.finish_reason) {
      isWhole = true;
      yield { finish: choice.finish_reason };
    }
    if (event.usage) yield { tokens: event.usage.completion_tokens };
  }
  if (!isWhole) throw new AnswerError("The server ended the connection within its answer.", 0);
}

async function problemOf(response) {
  const { status, statusText } = response;
  const text = await response.text();
  try {
    const { message, code } = JSON.parse(text).error;
    return new AnswerError(message, status, code);
  } catch {
    return new AnswerError(`The server answered ${status} ${statusText}`, status);
  }
}
