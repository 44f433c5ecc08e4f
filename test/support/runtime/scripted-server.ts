/** A small server that shows the page and answers it in the wire formats of the real one, by a script. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { pageFiles, pageSecurityPolicy } from "../../../runtime/page/page-files.ts";

export interface Script {
  /** Pieces of the answer to the last message. */
  readonly answer: (question: string) => readonly string[];
  /** Pieces of what it thinks before. Default: none. */
  readonly thought?: readonly string[];
  /** Default: stop. */
  readonly finish?: "stop" | "length";
  /** Between two pieces. Default: 0. */
  readonly pieceMilliseconds?: number;
  /** Without it every request with a key is refused, and every one without. */
  readonly apiKey?: string;
  /** More messages than these are too long for the model. */
  readonly messagesMax?: number;
  /** Told instead of an answer. */
  readonly refusal?: { readonly status: number; readonly message: string };
}

interface ChatBody {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly [field: string]: unknown;
}

export interface ScriptedServer {
  readonly url: string;
  /** Bodies of the chats that were asked for. */
  readonly chats: readonly ChatBody[];
  /** How many answers their reader has left before their end. */
  readonly left: () => number;
  readonly requests: readonly string[];
}

export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const files = pageFiles();
  const chats: ChatBody[] = [];
  const requests: string[] = [];
  const state = { tokens: 0, answers: 0, running: 0, left: 0 };
  const server = createServer(async (request, response) => {
    const path = request.url ?? "/";
    requests.push(`${request.method} ${path}`);
    const file = files.get(path);
    if (file) {
      const headers = { "content-type": file.type, "content-security-policy": pageSecurityPolicy };
      return response.writeHead(200, headers).end(file.body);
    }
    if (script.apiKey !== undefined && request.headers.authorization !== `Bearer ${script.apiKey}`) {
      return sendJson(response, 401, {
        error: { message: "Incorrect API key provided.", code: "invalid_api_key" },
      });
    }
    if (path === "/metrics") return response.writeHead(200).end(metricsText(state));
    if (path === "/v1/models") {
      return sendJson(response, 200, { object: "list", data: [{ id: "plinth-tiny", object: "model" }] });
    }
    if (path !== "/v1/chat/completions")
      return sendJson(response, 404, { error: { message: "no such route" } });
    const body: ChatBody = JSON.parse(await bodyOf(request));
    chats.push(body);
    if (body.messages.length > (script.messagesMax ?? Number.POSITIVE_INFINITY)) {
      const error = { message: "too long", type: "invalid_request_error", code: "context_length_exceeded" };
      return sendJson(response, 400, { error });
    }
    if (script.refusal) return sendJson(response, script.refusal.status, { error: script.refusal });
    return streamAnswer(response, script, body, state);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, chats, requests, left: () => state.left };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function streamAnswer(
  response: ServerResponse,
  { answer, thought = [], finish = "stop", pieceMilliseconds = 0 }: Script,
  { messages }: ChatBody,
  state: { tokens: number; answers: number; running: number; left: number },
): Promise<void> {
  const pieces = [
    ...thought.map((text) => ({ reasoning_content: text })),
    ...answer(messages.at(-1)?.content ?? "").map((text) => ({ content: text })),
  ];
  const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 0, model: "plinth-tiny" };
  const send = (body: object) => response.write(`data: ${JSON.stringify({ ...head, ...body })}\n\n`);
  const choice = (delta: object, finish_reason: string | null = null) =>
    send({ choices: [{ index: 0, delta, logprobs: null, finish_reason }], usage: null });
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  state.running += 1;
  state.answers += 1;
  choice({ role: "assistant", content: "" });
  for (const piece of pieces) {
    await sleep(pieceMilliseconds);
    if (response.destroyed) {
      state.left += 1;
      break;
    }
    state.tokens += 1;
    choice(piece);
  }
  state.running -= 1;
  if (response.destroyed) return;
  choice({}, finish);
  send({ choices: [], usage: { prompt_tokens: 9, completion_tokens: pieces.length, total_tokens: 9 } });
  response.end("data: [DONE]\n\n");
}

function metricsText({
  tokens,
  answers,
  running,
}: {
  tokens: number;
  answers: number;
  running: number;
}): string {
  const label = '{model_name="plinth-tiny"}';
  return [
    "# HELP vllm:num_requests_running Requests that are computed.",
    "# TYPE vllm:num_requests_running gauge",
    `vllm:num_requests_running${label} ${running}`,
    `vllm:num_requests_waiting${label} 2`,
    `vllm:kv_cache_usage_perc${label} 0.0625`,
    `vllm:generation_tokens_total${label} ${tokens}`,
    `vllm:time_to_first_token_seconds_bucket{le="0.1",model_name="plinth-tiny"} ${answers}`,
    `vllm:time_to_first_token_seconds_sum${label} ${answers * 0.04}`,
    `vllm:time_to_first_token_seconds_count${label} ${answers}`,
    "",
  ].join("\n");
}
