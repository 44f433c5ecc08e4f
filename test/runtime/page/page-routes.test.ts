/** The page over HTTP. */
import fastify from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { pageFiles, pageSecurityPolicy } from "../../../runtime/page/page-files.ts";
import { pageRoutes } from "../../../runtime/page/page-routes.ts";

test("every file of the page is sent as what it is, and nothing else may come with it", async () => {
  const app = fastify();
  onTestFinished(() => app.close());
  pageRoutes(app);
  for (const [url, { type, body }] of pageFiles()) {
    const { statusCode, headers, rawPayload } = await app.inject({ url });
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      "content-type": type,
      "content-security-policy": pageSecurityPolicy,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    expect(rawPayload).toEqual(body);
  }
  expect((await app.inject({ url: "/page/other.js" })).statusCode).toBe(404);
});
