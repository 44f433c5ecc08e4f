import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { connectionOf, kubeconfigAt } from "../../../components/cluster/onprem-kubeconfig.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const encoded = (text: string) => Buffer.from(text).toString("base64");

function kubeconfig(user: object, cluster: object = {}): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "site",
    contexts: [
      { name: "site", context: { cluster: "site", user: "admin" } },
      { name: "lost", context: { cluster: "gone", user: "admin" } },
    ],
    clusters: [
      {
        name: "site",
        cluster: {
          server: "https://site.example.org:6443",
          "certificate-authority-data": encoded("authority"),
          ...cluster,
        },
      },
    ],
    users: [{ name: "admin", user }],
  });
}

const reached = { server: "https://site.example.org:6443", certificateAuthority: "authority" };

test.each([
  { case: "a token", user: { token: "secret" }, want: { token: "secret" } },
  {
    case: "a client certificate",
    user: { "client-certificate-data": encoded("certificate"), "client-key-data": encoded("key") },
    want: { certificate: "certificate", key: "key" },
  },
])("the current context, with $case", async ({ user, want }) => {
  expect(await connectionOf({ text: kubeconfig(user) })).toEqual({ ...reached, ...want });
});

test("files that it names start from its own folder", async () => {
  const folder = temporaryDirectory();
  mkdirSync(join(folder, "pki"));
  for (const name of ["ca", "cert", "key"]) writeFileSync(join(folder, "pki", name), `${name} file`);
  const user = { "client-certificate": "pki/cert", "client-key": "pki/key" };
  const cluster = { "certificate-authority-data": undefined, "certificate-authority": "pki/ca" };
  writeFileSync(join(folder, "config"), kubeconfig(user, { ...cluster, "tls-server-name": "api" }));
  expect(await connectionOf(kubeconfigAt(join(folder, "config")))).toEqual({
    server: reached.server,
    certificateAuthority: "ca file",
    serverName: "api",
    certificate: "cert file",
    key: "key file",
  });
});

const login = (script: string) => ({
  exec: {
    apiVersion: "client.authentication.k8s.io/v1",
    command: process.execPath,
    args: ["--eval", script],
    env: [{ name: "SITE", value: "one" }],
  },
});

test("a login program is asked, without a terminal, and gives the credentials of the moment", async () => {
  const script =
    "const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);" +
    "const token = [info.kind, info.spec.interactive, process.env.SITE].join(' ');" +
    "process.stdout.write(JSON.stringify({ status: { token } }))";
  expect(await connectionOf({ text: kubeconfig(login(script)) })).toEqual({
    ...reached,
    token: "ExecCredential false one",
  });
});

test("a login program that fails is told in its own words", async () => {
  const script = "process.stderr.write('session expired'); process.exit(1)";
  await expect(connectionOf({ text: kubeconfig(login(script)) })).rejects.toThrow(
    `kubeconfig: ${process.execPath}, which is to give credentials, failed: session expired`,
  );
});

test.each([
  { case: "no such context", context: "other", want: "kubeconfig: has no context other; it has site, lost" },
  { case: "a context of no cluster", context: "lost", want: "kubeconfig: has no cluster gone; it has site" },
])("refused: $case", async ({ context, want }) => {
  await expect(connectionOf({ text: kubeconfig({}), context })).rejects.toThrow(want);
});

test.each([
  { case: "plain http", cluster: { server: "http://site.example.org" }, want: "clusters.0.cluster.server" },
  {
    case: "certificates that are not checked",
    cluster: { "insecure-skip-tls-verify": true },
    want: "clusters.0.cluster.insecure-skip-tls-verify",
  },
  {
    case: "a proxy",
    cluster: { "proxy-url": "http://proxy.example.org" },
    want: "clusters.0.cluster.proxy-url",
  },
])("refused: $case", async ({ cluster, want }) => {
  const refused = connectionOf({ text: kubeconfig({ token: "a-secret" }, cluster) });
  await expect(refused).rejects.toThrow(`kubeconfig: cannot be used\n  ${want}: `);
  await expect(refused).rejects.not.toThrow("a-secret");
});

test("what is no kubeconfig, or no file, is told", async () => {
  await expect(connectionOf({ text: "just: [words" })).rejects.toThrow(
    "kubeconfig: cannot be used\n  file: ",
  );
  expect(() => kubeconfigAt("/nowhere/config")).toThrow("kubeconfig: cannot be read: ENOENT");
});
