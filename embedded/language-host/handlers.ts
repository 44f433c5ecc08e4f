/** Turns plain functions into handlers of gRPC calls. */
import { type ServerUnaryCall, type ServerWritableStream, type sendUnaryData, status } from "@grpc/grpc-js";

/** Answers one request with one response; `gone` fires when the caller gives up. */
export type Unary<Request, Response> = (request: Request, gone: AbortSignal) => Response | Promise<Response>;

/** Answers one request with as many responses as it sends before it ends. */
export type Streaming<Request, Response> = (
  request: Request,
  gone: AbortSignal,
  send: (response: Response) => void,
) => Promise<void>;

export function unary<Request, Response>(answer: Unary<Request, Response>) {
  return async (call: ServerUnaryCall<Request, Response>, reply: sendUnaryData<Response>) => {
    const gone = new AbortController();
    call.on("cancelled", () => gone.abort());
    try {
      reply(null, await answer(call.request, gone.signal));
    } catch (error) {
      reply(failure(error));
    }
  };
}

export function streaming<Request, Response>(answer: Streaming<Request, Response>) {
  return async (call: ServerWritableStream<Request, Response>) => {
    const gone = new AbortController();
    call.on("cancelled", () => gone.abort());
    try {
      await answer(call.request, gone.signal, (response) => call.write(response));
      call.end();
    } catch (error) {
      call.emit("error", failure(error));
    }
  };
}

function failure(error: unknown) {
  return { code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}
