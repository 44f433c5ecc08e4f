/** Runs one probe of a container against its real process, with the thresholds of a kubelet. */
import { get as httpGet } from "node:http";
import { get as httpsGet } from "node:https";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { V1Container, V1Probe } from "@kubernetes/client-node";

/** Defaults of the Kubernetes API for probes. */
const defaults = { periodSeconds: 10, timeoutSeconds: 1, failureThreshold: 3, successThreshold: 1 };

/** Probes until `signal` aborts and reports each change of verdict; the verdict starts as undefined. */
export async function runProbe(
  container: V1Container,
  probe: V1Probe,
  onVerdict: (passing: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  const attempt = probeAttempt(container, probe);
  const failureThreshold = probe.failureThreshold ?? defaults.failureThreshold;
  const successThreshold = probe.successThreshold ?? defaults.successThreshold;
  let verdict: boolean | undefined;
  let run = { passed: false, count: 0 };
  await pause(probe.initialDelaySeconds ?? 0, signal);
  while (!signal.aborted) {
    const passed = await attempt();
    run = { passed, count: run.passed === passed ? run.count + 1 : 1 };
    const reached = run.count >= (passed ? successThreshold : failureThreshold);
    if (reached && verdict !== passed && !signal.aborted) {
      verdict = passed;
      onVerdict(passed);
    }
    await pause(probe.periodSeconds ?? defaults.periodSeconds, signal);
  }
}

/** Throws if the probe is of a kind that the host node does not offer. */
export function probeAttempt(container: V1Container, probe: V1Probe): () => Promise<boolean> {
  const timeoutMs = (probe.timeoutSeconds ?? defaults.timeoutSeconds) * 1000;
  const { httpGet: http, tcpSocket: tcp } = probe;
  if (http) {
    const headers = Object.fromEntries((http.httpHeaders ?? []).map(({ name, value }) => [name, value]));
    const request = {
      host: http.host ?? "127.0.0.1",
      port: portNumber(container, http.port),
      path: http.path ?? "/",
      headers,
    };
    return () => answersHttp(http.scheme === "HTTPS", request, timeoutMs);
  }
  if (tcp) {
    const port = portNumber(container, tcp.port);
    return () => accepts(tcp.host ?? "127.0.0.1", port, timeoutMs);
  }
  throw new Error(`container "${container.name}" has a probe that is neither httpGet nor tcpSocket`);
}

function portNumber(container: V1Container, port: string | number): number {
  if (typeof port === "number") return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  if (named === undefined) throw new Error(`container "${container.name}" has no port called "${port}"`);
  return named;
}

type HttpRequest = { host: string; port: number; path: string; headers: Record<string, string> };

function answersHttp(secure: boolean, target: HttpRequest, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    // As a kubelet: a probe does not verify the certificate, it only asks whether the program answers.
    const options = { ...target, timeout: timeoutMs, rejectUnauthorized: false, agent: false };
    const request = (secure ? httpsGet : httpGet)(options, (response) => {
      response.resume();
      const status = response.statusCode ?? 500;
      resolve(status >= 200 && status < 400);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}

function accepts(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const finish = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once("connect", () => finish(true));
    socket.once("timeout", () => finish(false));
    socket.once("error", () => finish(false));
  });
}

async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
}
