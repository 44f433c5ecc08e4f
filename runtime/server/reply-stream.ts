/** Answers sent while they are made: begun with their first event, so that errors before it have codes. */
import type { FastifyReply } from "fastify";
import { ApiError, apiErrorOf } from "./api-error.ts";
import { EventStream } from "./event-stream.ts";
import type { Exchange } from "./exchange.ts";
import type { Service } from "./service.ts";

/** Sends one event; `event` is its name where the protocol has names. */
export type Send = (data: string, event?: string) => void;

export interface StreamParts {
  /** Sends all events, and resolves once none follows. */
  readonly run: (send: Send) => Promise<void>;
  /** Tells of an error after the first event. */
  readonly fail: (send: Send, error: ApiError) => void;
}

/** How many times what a reader may be behind is kept at most: what a held engine had on its way. */
const backlogFactor = 8;

export async function streamReply(
  { settings }: Service,
  exchange: Exchange,
  reply: FastifyReply,
  { run, fail }: StreamParts,
): Promise<void> {
  let stream: EventStream | undefined;
  const send: Send = (data, event) => {
    stream ??= open(reply, exchange, settings);
    stream.send(data, event);
  };
  try {
    await run(send);
  } catch (error) {
    if (!stream) throw error;
    const told = apiErrorOf(error);
    exchange.error = told.code === "internal_error" && error instanceof Error ? error.stack : told.code;
    if (told.code !== "client_closed_request") fail(send, told);
  }
  stream?.end();
}

function open(reply: FastifyReply, exchange: Exchange, settings: Service["settings"]): EventStream {
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.raw.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    // Proxies that keep answers until they are whole would defeat the purpose (nginx, proxy_buffering).
    "x-accel-buffering": "no",
  });
  const limits = {
    idleSeconds: settings.streamIdleSeconds,
    backlogBytes: settings.writeBufferBytes * backlogFactor,
  };
  return new EventStream(reply.raw, limits, {
    hold: (isHeld) => exchange.hold(isHeld),
    stalled: () => exchange.interrupt(new ApiError("client_closed_request", "the reader takes nothing")),
  });
}

/** The error frame that OpenAI's clients raise as an error; no [DONE] follows it. */
export function failWithFrame(send: Send, error: ApiError): void {
  send(JSON.stringify(error.body));
}
