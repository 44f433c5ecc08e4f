/** Readiness over HTTPS with certificates on both sides. */
import { expect, test } from "vitest";
import { httpsProbe } from "../../../embedded/cluster/https-probe.ts";
import { httpsServer } from "../../support/https-server.ts";

test.each([
  { case: "200", status: 200, want: true },
  { case: "204", status: 204, want: true },
  { case: "a redirect", status: 302, want: false },
  { case: "401", status: 401, want: false },
  { case: "503", status: 503, want: false },
])("the answer $case", async ({ status, want }) => {
  const { port, authorityPem, client, requests } = await httpsServer((_, response) =>
    response.writeHead(status).end(),
  );
  expect(await httpsProbe({ port, path: "/readyz", authority: authorityPem, client })()).toBe(want);
  expect(requests.map(({ method, url }) => [method, url])).toEqual([["GET", "/readyz"]]);
});

test("an endpoint of another authority is not ready, whatever it answers", async () => {
  const [server, other] = await Promise.all([
    httpsServer((_, response) => response.end()),
    httpsServer((_, response) => response.end()),
  ]);
  const probe = httpsProbe({
    port: server.port,
    path: "/",
    authority: other.authorityPem,
    client: server.client,
  });
  expect(await probe()).toBe(false);
});

test("nobody listens", async () => {
  const { authorityPem, client } = await httpsServer((_, response) => response.end());
  expect(await httpsProbe({ port: 1, path: "/", authority: authorityPem, client })()).toBe(false);
});

test("an endpoint that does not answer is given two seconds", async () => {
  const { port, authorityPem, client } = await httpsServer(() => undefined);
  const started = Date.now();
  expect(await httpsProbe({ port, path: "/", authority: authorityPem, client })()).toBe(false);
  expect(Math.round((Date.now() - started) / 1000)).toBe(2);
});
