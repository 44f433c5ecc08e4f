/** How the embedded cluster keeps strangers out: on disk, on its ports and at admission. */
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { KubeApiError } from "../../embedded/cluster/kube-api.ts";
import type { StateDirectory } from "../../embedded/cluster/state-directory.ts";
import { placeholder } from "../support/builders.ts";
import { eventually, TestPlatform } from "../support/platform.ts";

let platform: TestPlatform;
let state: StateDirectory;
beforeAll(async () => {
  platform = new TestPlatform();
  ({ state } = platform);
  await platform.must("cluster", "up");
});
afterAll(() => platform.remove());

test("everything on disk is its owner's alone", () => {
  const wrong = readdirSync(state.root, { recursive: true, encoding: "utf8" }).filter((path) => {
    const found = statSync(state.path(path));
    return (found.mode & 0o077) !== 0;
  });
  expect(wrong).toEqual([]);
  expect(statSync(state.root).mode & 0o777).toBe(0o700);
  expect(statSync(state.kubeconfig).mode & 0o777).toBe(0o600);
});

const apiPort = () => state.readRecord()?.ports.apiServer ?? 0;
const pki = (file: string) => readFileSync(state.path("pki", file));

/** The status of a request that shows no client certificate, or what went wrong before there was one. */
function anonymousStatus(url: string): string {
  const insecure = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: "0", NODE_NO_WARNINGS: "1" };
  const script = `fetch(${JSON.stringify(url)}).then(
    async (r) => console.log(r.status, await r.text()), (e) => console.log(e.cause?.code))`;
  return execFileSync(process.execPath, ["-e", script], { env: insecure, encoding: "utf8" }).trim();
}

test.each(["/api/v1/namespaces", "/healthz", "/readyz", "/version", "/metrics", "/apis"])(
  "a request without credentials is refused: %s",
  async (path) => {
    expect(anonymousStatus(`https://127.0.0.1:${apiPort()}${path}`)).toMatch(/^401 .*Unauthorized/s);
  },
);

test("plain HTTP is answered with nothing but a hint at HTTPS", async () => {
  expect(anonymousStatus(`http://127.0.0.1:${apiPort()}/api`)).toBe(
    "400 Client sent an HTTP request to an HTTPS server.",
  );
});

test("the API server's certificate verifies with the installation's own authority", async () => {
  const socket = connect({
    host: "127.0.0.1",
    port: apiPort(),
    ca: pki("ca.crt"),
    cert: pki("admin.crt"),
    key: pki("admin.key"),
  });
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  expect(socket.authorized).toBe(true);
  expect(socket.getProtocol()).toBe("TLSv1.3");
  const certificate = new X509Certificate(socket.getPeerCertificate().raw);
  expect(certificate.verify(new X509Certificate(pki("ca.crt")).publicKey)).toBe(true);
  expect(certificate.subjectAltName).toBe(
    "IP Address:127.0.0.1, IP Address:10.96.0.1, DNS:localhost, DNS:kubernetes, DNS:kubernetes.default, " +
      "DNS:kubernetes.default.svc",
  );
});

test.each(["etcdClient", "etcdPeer"] as const)(
  "%s hangs up on a client without a certificate",
  async (name) => {
    const port = state.readRecord()?.ports[name] ?? 0;
    const socket = connect({ host: "127.0.0.1", port, ca: pki("ca.crt") });
    onTestFinished(() => void socket.destroy());
    socket.on("secureConnect", () => socket.write("GET /version HTTP/1.1\r\nhost: x\r\n\r\n"));
    const outcome = await new Promise((resolve) => {
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
      socket.once("data", (data) => resolve(data.toString()));
    });
    expect(outcome).toBe("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
  },
);

test("the audit log tells who made an object, and nothing of a Secret's content", async () => {
  const secret = { metadata: { name: "audited" }, stringData: { password: "hunter2-in-clear" } };
  await platform.api.create("/api/v1/namespaces/default/secrets", secret);
  const log = await eventually(
    async () => readFileSync(state.path("logs", "audit.log"), "utf8"),
    (text) => text.includes('"audited"'),
  );
  const entries = log
    .split("\n")
    .filter((line) => line.includes('"audited"'))
    .map((line) => JSON.parse(line));
  expect(
    entries.map(({ user, verb, objectRef, responseStatus }) => [
      user.username,
      verb,
      objectRef.resource,
      responseStatus.code,
    ]),
  ).toEqual([["plinth:admin", "create", "secrets", 201]]);
  expect(log).not.toContain("hunter2-in-clear");
  expect(log).not.toContain(Buffer.from("hunter2-in-clear").toString("base64"));
});

test("a new namespace refuses a privileged pod by default", async () => {
  await platform.api.create("/api/v1/namespaces", { metadata: { name: "plain" } });
  await eventually(
    () => platform.api.list("/api/v1/namespaces/plain/serviceaccounts"),
    (accounts) => accounts.length === 1,
  );
  const refused = async (spec: object, container: object) => {
    const containers = [{ name: "c", image: placeholder, ...container }];
    const body = { metadata: { name: "p" }, spec: { ...spec, containers } };
    const error = await platform.api.create("/api/v1/namespaces/plain/pods", body).catch((thrown) => thrown);
    return error instanceof KubeApiError ? `${error.status} ${error.message}` : "accepted";
  };
  // The API server knows no privileged containers at all, so this refusal comes before Pod Security's.
  expect(await refused({}, { securityContext: { privileged: true } })).toBe(
    '422 Pod "p" is invalid: spec.containers[0].securityContext.privileged: Forbidden: ' +
      "disallowed by cluster policy",
  );
  expect(await refused({ hostNetwork: true }, {})).toBe(
    '403 pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
  );
});
