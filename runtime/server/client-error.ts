/** Answers to what is no HTTP, or comes too slowly, before there is a request. */
import { ApiError } from "./api-error.ts";

const errors: Readonly<Record<string, ApiError>> = {
  ERR_HTTP_REQUEST_TIMEOUT: new ApiError("request_timeout", "the request did not arrive in time"),
  HPE_HEADER_OVERFLOW: new ApiError("headers_too_large", "the headers are larger than is allowed"),
};
const noHttp = new ApiError("invalid_request", "what was sent is no HTTP request");

const reasons: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};

/** The whole answer, by the code of Node's error. */
export function clientErrorAnswer(code: string | undefined): string {
  const error = errors[code ?? ""] ?? noHttp;
  const body = JSON.stringify(error.body);
  return [
    `HTTP/1.1 ${error.status} ${reasons[error.status]}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "",
    body,
  ].join("\r\n");
}
