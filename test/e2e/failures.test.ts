/** Real failures of other platforms, tried on this one through its real commands; see docs/failures.md. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type {
  V1CustomResourceDefinition,
  V1Deployment,
  V1Job,
  V1Node,
  V1Secret,
} from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import type { KubeObject } from "../../embedded/cluster/kube-api.ts";
import { projectDirectory } from "../../embedded/platform.ts";
import { TestPlatform } from "../support/platform.ts";

const platform = new TestPlatform();
const shipped = readFileSync(join(projectDirectory, "stacks", "config", "Pulumi.local.yaml"), "utf8");
const flags = ["--stack-file", platform.stackFile(parse(shipped).config["plinth:platform"]), "--json"];
const queueKind = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/clusterqueues.kueue.x-k8s.io";

interface Preview {
  readonly changeSummary: Readonly<Record<string, number>>;
}

async function preview(): Promise<Preview["changeSummary"]> {
  const { stdout } = await platform.must("preview", ...flags);
  return (JSON.parse(stdout) as Preview).changeSummary;
}

/** The stack's state as anyone with the state directory reads it, without the passphrase. */
async function exportState(): Promise<string> {
  const environment = JSON.parse((await platform.must("env", "--json")).stdout);
  const options = {
    env: { ...process.env, ...environment },
    cwd: projectDirectory,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  } as const;
  return execFileSync("pulumi", ["stack", "export", "--stack", "local"], options);
}

beforeAll(() => platform.must("cluster", "up"));
afterAll(() => platform.remove());

test("the first preview validates queues although Kueue is not installed yet (F54)", async () => {
  const queues = await platform.api.list("/apis/kueue.x-k8s.io/v1beta2/clusterqueues");
  expect(queues).toEqual([]);
  const summary = await preview();
  expect(Object.keys(summary)).toEqual(["create"]);
  expect(summary.create).toBeGreaterThan(100);
});

test("a job that waits does not hold the update open, a program that starts does (F126)", async () => {
  await platform.must("up", ...flags);
  const kueue = await platform.api.get<V1Deployment>(
    "/apis/apps/v1/namespaces/kueue-system/deployments/kueue-controller-manager",
  );
  expect(kueue.status?.readyReplicas).toBe(1);
  const ablation = await platform.api.get<V1Job>("/apis/batch/v1/namespaces/research/jobs/ablation");
  expect(ablation.spec?.suspend).toBe(true);
});

test("what Kueue wrote into admitted jobs is no change to the stack (F128)", async () => {
  const admitted = await platform.api.get<V1Job>("/apis/batch/v1/namespaces/research/jobs/pretrain");
  expect(admitted.spec?.suspend).toBe(false);
  expect(Object.keys(await preview())).toEqual(["same"]);
  await platform.must("up", ...flags);
  const kept = await platform.api.get<V1Job>("/apis/batch/v1/namespaces/research/jobs/pretrain");
  expect(kept.metadata?.uid).toBe(admitted.metadata?.uid);
});

test("no record of a release is kept, so kinds of any size fit (F56)", async () => {
  const secrets = await platform.api.list<V1Secret>("/api/v1/secrets");
  expect(secrets.filter(({ type }) => type?.startsWith("helm.sh/"))).toEqual([]);
});

test("the state holds no key and no token in clear (F96)", async () => {
  const exported = await exportState();
  const backend = platform.state.path("pulumi", "backend");
  const files = readdirSync(backend, { recursive: true, encoding: "utf8" })
    .map((file) => join(backend, file))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, "utf8"));
  const secrets = ["host-programs.key", "admin.key", "ca.key"].flatMap((file) => {
    const pem = readFileSync(platform.state.path("pki", file), "utf8");
    // As it is, and as a Secret's data holds it.
    return [pem.split("\n")[1] ?? "", Buffer.from(pem).toString("base64").slice(40, 100)];
  });
  secrets.push(readFileSync(platform.state.path("pulumi", "passphrase"), "utf8"));
  expect(exported).toContain("kueue-webhook-server-cert");
  expect(files.length).toBeGreaterThan(0);
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(40);
    expect([exported, ...files].filter((text) => text.includes(secret))).toEqual([]);
  }
  for (const text of [exported, ...files]) expect(text).not.toMatch(/BEGIN [A-Z ]*PRIVATE KEY|eyJhbGciOi/);
});

test("keys, passphrase and kubeconfigs are their owner's alone (F96)", () => {
  const isPrivate = /(\.key|passphrase|kubeconfig|\.kubeconfig)$/;
  const files = readdirSync(platform.state.root, { recursive: true, encoding: "utf8" }).filter((file) =>
    isPrivate.test(file),
  );
  const modes = files.map((file) => (statSync(platform.state.path(file)).mode & 0o777).toString(8));
  expect(files).toContain("pulumi/passphrase");
  expect(files).toContain("pki/host-programs.key");
  expect([...new Set(modes)]).toEqual(["600"]);
});

test("kinds of an older toolchain are brought up to this one's (F50)", async () => {
  const before = await platform.api.get<V1CustomResourceDefinition>(queueKind);
  const versions = before.spec.versions.map((version) => ({ ...version, additionalPrinterColumns: [] }));
  await platform.must("cluster", "down");
  await platform.must("cluster", "up");
  await platform.api.mergePatch(queueKind, { spec: { versions } });
  writeFileSync(platform.state.path("definitions"), "an older toolchain");
  await platform.must("cluster", "down");
  await platform.must("cluster", "up");
  const after = await platform.api.get<V1CustomResourceDefinition>(queueKind);
  expect(after.spec.versions).toEqual(before.spec.versions);
  expect(after.metadata?.uid).toBe(before.metadata?.uid);
});

test("down destroys a stack whose cluster does not run, and leaves nothing (F64, F66, F68)", async () => {
  await platform.must("cluster", "down");
  const { stdout } = await platform.must("down", "--keep-cluster", ...flags);
  expect(JSON.parse(stdout)).toEqual({ destroyed: true, clusterStopped: false });
  const state = JSON.parse(await exportState());
  expect(state.deployment.resources ?? []).toEqual([]);
  const nodes = await platform.api.list<V1Node>("/api/v1/nodes");
  expect(nodes.map(({ metadata }) => metadata?.name)).toEqual(["host"]);
  const admission = "/apis/admissionregistration.k8s.io/v1";
  for (const kind of ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"]) {
    expect(await platform.api.list<KubeObject>(`${admission}/${kind}`)).toEqual([]);
  }
});

test("a cluster that is given up takes the state of its stacks with it (F66)", async () => {
  await platform.must("cluster", "reset");
  const { stdout } = await platform.must("down", ...flags);
  expect(JSON.parse(stdout)).toEqual({ destroyed: false, clusterStopped: false });
});
