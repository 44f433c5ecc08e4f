import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { expect, test } from "vitest";
import { bodyOf, serving, until } from "../../support/runtime/served.ts";

const infer = "/v2/models/tiny/infer";

test.each([
  { method: "PUT", at: infer, allow: "POST", message: `${infer} wants POST, not PUT` },
  {
    method: "DELETE",
    at: "/v2/models/tiny/versions/1/infer",
    allow: "POST",
    message: "/v2/models/tiny/versions/1/infer wants POST, not DELETE",
  },
  {
    method: "POST",
    at: "/v2/models/tiny",
    allow: "GET, HEAD",
    message: "/v2/models/tiny wants GET, not POST",
  },
  { method: "GET", at: "/v1/responses/", allow: "POST", message: "/v1/responses/ wants POST, not GET" },
  {
    method: "PATCH",
    at: "/openai/v1/completions?a=b",
    allow: "POST",
    message: "/v1/completions wants POST, not PATCH",
  },
])("$method $at is told what is allowed", async ({ method, at, allow, message }) => {
  await serving({ script: () => ({ tokens: "" }) }, {}, async ({ url }) => {
    const response = await fetch(url + at, { method, ...(method !== "GET" && { body: "{}" }) });
    const told = (await response.json()) as { error: { message: string } | string };
    const error = typeof told.error === "string" ? told.error : told.error.message;
    expect([response.status, response.headers.get("allow"), error]).toEqual([405, allow, message]);
  });
});

test.each([
  { method: "PUT", at: "/v2/models/tiny/infer/more" },
  { method: "PUT", at: "/v2/models//infer" },
  { method: "GET", at: "/v1/completionsx" },
])("$method $at is not there, and no method is told", async ({ method, at }) => {
  await serving({ script: () => ({ tokens: "" }) }, {}, async ({ url }) => {
    const response = await fetch(url + at, { method });
    expect([response.status, response.headers.get("allow")]).toEqual([404, null]);
    expect(JSON.stringify(await bodyOf(response))).toContain(`there is no ${method} ${at}`);
  });
});

test.each([
  { at: "/nope", want: 404 },
  { at: "/v2/models/tiny", want: 405 },
])("a body for $at is not read: it is refused with $want before it has come", async ({ at, want }) => {
  await serving({ script: () => ({ tokens: "" }) }, {}, async ({ port, log }) => {
    const headers = { "content-type": "application/json", "content-length": 1000 };
    const asking = request({ port, path: at, method: "POST", headers });
    asking.flushHeaders();
    const [response] = (await once(asking, "response")) as [IncomingMessage];
    expect(response.statusCode).toBe(want);
    asking.on("error", () => undefined).destroy();
    await until(() => log.length === 1);
    expect(log).toEqual([expect.objectContaining({ method: "POST", path: "", tenant: "" })]);
  });
});
