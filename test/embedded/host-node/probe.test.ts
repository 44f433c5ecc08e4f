/** Probes against real servers, with the thresholds of a kubelet. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { V1Container } from "@kubernetes/client-node";
import { expect, onTestFinished, test } from "vitest";
import { probeAttempt, runProbe } from "../../../embedded/host-node/probe.ts";
import { httpsServer } from "../../support/https-server.ts";

const container: V1Container = { name: "engine", ports: [{ name: "api", containerPort: 1 }] };

async function server(listener: RequestListener): Promise<number> {
  const listening = createServer(listener);
  onTestFinished(() => {
    listening.closeAllConnections();
    listening.close();
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return (listening.address() as AddressInfo).port;
}

test.each([
  { status: 200, want: true },
  { status: 302, want: true },
  { status: 404, want: false },
  { status: 500, want: false },
])("an http answer of $status", async ({ status, want }) => {
  const port = await server((_, response) => response.writeHead(status, { location: "/" }).end());
  expect(await probeAttempt(container, { httpGet: { port, path: "/healthz" } })()).toBe(want);
});

test("asks for the path with the headers that the probe states", async () => {
  const asked: unknown[] = [];
  const port = await server(({ url, headers }, response) => {
    asked.push([url, headers["x-probe"]]);
    response.end();
  });
  const httpHeaders = [{ name: "X-Probe", value: "yes" }];
  await probeAttempt(container, { httpGet: { port, path: "/healthz?a=1", httpHeaders } })();
  expect(asked).toEqual([["/healthz?a=1", "yes"]]);
});

test("does not verify a certificate, as a kubelet does not", async () => {
  const { port } = await httpsServer((_, response) => response.end(), { clientCertificates: false });
  expect(await probeAttempt(container, { httpGet: { port, scheme: "HTTPS" } })()).toBe(true);
});

test("an answer that takes longer than its time is a failure", async () => {
  const port = await server(() => undefined);
  const started = Date.now();
  expect(await probeAttempt(container, { httpGet: { port }, timeoutSeconds: 1 })()).toBe(false);
  expect(Math.round((Date.now() - started) / 1000)).toBe(1);
});

test("a port that accepts, and one that does not", async () => {
  const port = await server(() => undefined);
  expect(await probeAttempt(container, { tcpSocket: { port } })()).toBe(true);
  expect(await probeAttempt(container, { tcpSocket: { port: "api" } })()).toBe(false);
});

test.each([
  {
    case: "a command",
    probe: { exec: { command: ["true"] } },
    want: 'container "engine" has a probe that is neither httpGet nor tcpSocket',
  },
  {
    case: "a port without that name",
    probe: { tcpSocket: { port: "metrics" } },
    want: 'container "engine" has no port called "metrics"',
  },
])("refused: $case", ({ probe, want }) => {
  expect(() => probeAttempt(container, probe)).toThrow(want);
});

test.each([
  { case: "one failure is not yet a verdict", answers: "PFPPPP", want: [true] },
  { case: "three failures are", answers: "PFFFF", want: [true, false] },
  { case: "failures must follow each other", answers: "PFFPFFP", want: [true] },
  { case: "one success ends it", answers: "PFFFPF", want: [true, false, true] },
  { case: "a program that never answers", answers: "FFFF", want: [false] },
])("verdicts: $case", async ({ answers, want }) => {
  const rest = [...answers];
  const stop = new AbortController();
  const port = await server((_, response) => {
    const answer = rest.shift();
    if (rest.length === 0) setTimeout(() => stop.abort(), 20);
    response.writeHead(answer === "P" ? 200 : 503).end();
  });
  const verdicts: boolean[] = [];
  const probe = { httpGet: { port }, periodSeconds: 0.01, failureThreshold: 3 };
  await runProbe(container, probe, (passing) => verdicts.push(passing), stop.signal);
  expect(verdicts).toEqual(want);
});

test("the first probe waits for its delay, and none comes after the stop", async () => {
  const asked: number[] = [];
  const port = await server((_, response) => {
    asked.push(Date.now());
    response.end();
  });
  const stop = new AbortController();
  const started = Date.now();
  const probe = { httpGet: { port }, initialDelaySeconds: 0.2, periodSeconds: 10 };
  const running = runProbe(container, probe, () => stop.abort(), stop.signal);
  await running;
  await sleep(50);
  expect(asked).toHaveLength(1);
  expect((asked[0] ?? 0) - started).toBeGreaterThanOrEqual(199);
});
