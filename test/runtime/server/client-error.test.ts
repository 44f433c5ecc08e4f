import { expect, test } from "vitest";
import { clientErrorAnswer } from "../../../runtime/server/client-error.ts";

test.each([
  { code: "ERR_HTTP_REQUEST_TIMEOUT", status: "408 Request Timeout", told: "request_timeout" },
  { code: "HPE_HEADER_OVERFLOW", status: "431 Request Header Fields Too Large", told: "headers_too_large" },
  { code: "HPE_INVALID_METHOD", status: "400 Bad Request", told: "invalid_request" },
  { code: undefined, status: "400 Bad Request", told: "invalid_request" },
])("$code is answered whole", ({ code, status, told }) => {
  const [head, body] = clientErrorAnswer(code).split("\r\n\r\n");
  expect(head?.split("\r\n")).toEqual([
    `HTTP/1.1 ${status}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${body?.length}`,
    "connection: close",
  ]);
  expect(JSON.parse(body ?? "").error.code).toBe(told);
});
