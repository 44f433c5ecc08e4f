import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import type { Progress } from "../../../embedded/toolchain/progress.ts";
import { ensureToolchain, toolchainDirectory } from "../../../embedded/toolchain/toolchain.ts";
import { type FakeGo, fakeGo } from "../../support/fake-go.ts";

function recorder() {
  const lines: string[] = [];
  const progress: Progress = {
    start: (label) => lines.push(`start ${label}`),
    update: () => {},
    done: (label) => lines.push(`done ${label}`),
    stop: () => {},
  };
  return { lines, progress };
}

function ensure({ environment, modules }: FakeGo, more: Parameters<typeof ensureToolchain>[0] = {}) {
  return ensureToolchain({ environment, modules, onProgress: recorder().progress, ...more });
}

const names = (directory: string) =>
  readdirSync(directory).map((name) => name.replace(/-[0-9a-f]{16}$/, "-KEY"));

test("builds every part in order and says where all of it is", async () => {
  const fake = fakeGo();
  const { lines, progress } = recorder();
  const toolchain = await ensure(fake, { onProgress: progress });
  expect(fake.builds()).toEqual([
    "./etcd",
    "./kubernetes",
    "k8s.io/kubernetes/cmd/kubectl",
    "sigs.k8s.io/kwok/cmd/kwok",
    "sigs.k8s.io/kueue/cmd/kueue",
    "sigs.k8s.io/jobset",
    "github.com/kubeflow/trainer/v2/cmd/trainer-controller-manager",
    "sigs.k8s.io/lws/cmd",
    "github.com/ray-project/kuberay/ray-operator",
    ".",
    ".",
    "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    ".",
  ]);
  const short = (path: string) => relative(fake.directory, path).replace(/-[0-9a-f]{16}\//, "-KEY/");
  expect(
    Object.fromEntries(Object.entries(toolchain.binaries).map(([name, path]) => [name, short(path)])),
  ).toEqual({
    etcd: "etcd-KEY/bin/etcd",
    "kube-apiserver": "kubernetes-KEY/bin/kube-apiserver",
    "kube-scheduler": "kubernetes-KEY/bin/kube-scheduler",
    "kube-controller-manager": "kubernetes-KEY/bin/kube-controller-manager",
    kubectl: "kubectl-KEY/bin/kubectl",
    kwok: "kwok-KEY/bin/kwok",
    kueue: "kueue-KEY/bin/kueue",
    jobset: "jobset-KEY/bin/jobset",
    trainer: "trainer-KEY/bin/trainer",
    volcano: "volcano-KEY/bin/volcano",
    kuberay: "kuberay-KEY/bin/kuberay",
    lws: "lws-KEY/bin/lws",
    mpi: "mpi-KEY/bin/mpi",
    pulumi: "pulumi-KEY/bin/pulumi",
    "pulumi-resource-kubernetes": "pulumi-resource-kubernetes-KEY/bin/pulumi-resource-kubernetes",
  });
  for (const path of Object.values(toolchain.binaries)) expect(statSync(path).mode & 0o111).toBe(0o111);
  expect(Object.values(toolchain.origins).map(({ kind }) => kind)).toEqual(Array(15).fill("built"));
  expect(lines.slice(0, 3)).toEqual([
    "start toolchain: etcd (1 of 13)",
    "done toolchain: etcd (1 of 13)",
    "start toolchain: kubernetes (2 of 13)",
  ]);
});

test("files of the modules lie in share, writable", async () => {
  const { share } = await ensure(fakeGo(), { only: ["kwok", "kueue"] });
  const files = (folder: string) =>
    (readdirSync(folder, { recursive: true }) as string[]).filter((f) => f.endsWith("yaml"));
  expect(files(share["kwok/stages"]).sort()).toEqual([
    "node/fast/node-initialize.yaml",
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "pod/fast/pod-delete.yaml",
    "pod/fast/pod-ready.yaml",
  ]);
  expect(readFileSync(join(share["kueue/chart"], "some.yaml"), "utf8")).toBe("charts/kueue/some.yaml\n");
  expect(statSync(join(share["kueue/crds"], "some.yaml")).mode & 0o777).toBe(0o644);
});

test("a second run builds nothing and shows nothing", async () => {
  const fake = fakeGo();
  const first = await ensure(fake);
  const { lines, progress } = recorder();
  const second = await ensure(fake, { onProgress: progress });
  expect(second.binaries).toEqual(first.binaries);
  expect(second.origins.etcd).toEqual({ kind: "cached" });
  expect(fake.builds()).toHaveLength(13);
  expect(lines).toEqual([]);
});

test("another go.sum builds that module's parts again and keeps the old ones", async () => {
  const fake = fakeGo();
  await ensure(fake);
  appendFileSync(join(fake.modules, "pulumi", "go.sum"), "example.com/new v1.0.0 h1:0=\n");
  const { origins } = await ensure(fake);
  expect(fake.builds().slice(13)).toEqual(["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"]);
  expect([origins.pulumi.kind, origins.etcd.kind]).toEqual(["built", "cached"]);
  expect(names(fake.directory).filter((name) => name === "pulumi-KEY")).toHaveLength(2);
});

test("only what is asked for is built", async () => {
  const fake = fakeGo();
  const { binaries } = await ensure(fake, { only: ["kwok"] });
  expect(Object.keys(binaries)).toEqual(["kwok"]);
  expect(names(fake.directory).sort()).toEqual(["kwok-KEY", "logs"]);
});

test("a failed build leaves no part, and the next run goes on after the finished ones", async () => {
  const fake = fakeGo();
  fake.beforeBuild('[ "$3" != ./kubernetes ] || { echo "main.go:1:1: wrong here" >&2; exit 1; }');
  await expect(ensure(fake, { only: ["etcd", "kubernetes"] })).rejects.toMatchObject({ code: "compile" });
  expect(names(fake.directory).sort()).toEqual(["etcd-KEY", "logs"]);
  fake.beforeBuild("");
  const { origins } = await ensure(fake, { only: ["etcd", "kubernetes"] });
  expect([origins.etcd.kind, origins["kube-apiserver"].kind]).toEqual(["cached", "built"]);
  expect(fake.builds()).toEqual(["./etcd", "./kubernetes", "./kubernetes"]);
});

test("a damaged part is built again", async () => {
  const fake = fakeGo();
  const { binaries } = await ensure(fake, { only: ["kubernetes"] });
  rmSync(binaries["kube-scheduler"]);
  const again = await ensure(fake, { only: ["kubernetes"] });
  expect(again.binaries).toEqual(binaries);
  expect(existsSync(binaries["kube-scheduler"])).toBe(true);
});

test("official programs are preferred; a part is built only for what is missing", async () => {
  const fake = fakeGo();
  const assets = join(fake.home, "assets");
  mkdirSync(assets);
  const official = {
    etcd: "etcd Version: 3.6.5",
    "kube-apiserver": "Kubernetes v1.36.2",
    kubectl: "Client Version: v1.35.0",
  };
  for (const [name, says] of Object.entries(official)) {
    writeFileSync(join(assets, name), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
  }
  const { binaries, origins, passedOver } = await ensure(fake, {
    only: ["etcd", "kubernetes", "kubectl"],
    environment: { ...fake.environment, KUBEBUILDER_ASSETS: assets },
  });
  expect(fake.builds()).toEqual(["./kubernetes", "k8s.io/kubernetes/cmd/kubectl"]);
  expect(binaries["kube-apiserver"]).toBe(join(assets, "kube-apiserver"));
  expect(origins).toMatchObject({
    etcd: { kind: "official", place: "KUBEBUILDER_ASSETS", version: "3.6.5" },
    "kube-apiserver": { kind: "official", place: "KUBEBUILDER_ASSETS", version: "1.36.2" },
    "kube-scheduler": { kind: "built" },
    kubectl: { kind: "built" },
  });
  expect(passedOver).toEqual([`${assets}/kubectl is not used: it is 1.35.0, but must be a release of 1.36.`]);
});

test("Go is not needed when everything is official", async () => {
  const fake = fakeGo();
  writeFileSync(join(fake.home, "etcd"), "#!/bin/sh\necho etcd Version: 3.6.8\n", { mode: 0o755 });
  const environment = { HOME: fake.home, PATH: "", KUBEBUILDER_ASSETS: fake.home };
  const { origins } = await ensure(fake, { only: ["etcd"], environment });
  expect(origins.etcd.kind).toBe("official");
});

test.each([
  {
    case: "the XDG cache folder",
    environment: { HOME: "/home/a", XDG_CACHE_HOME: "/cache" },
    want: "/cache/plinth/toolchain",
  },
  { case: "the home folder", environment: { HOME: "/home/a" }, want: "/home/a/.cache/plinth/toolchain" },
  {
    case: "an empty variable is none",
    environment: { HOME: "/home/a", XDG_CACHE_HOME: "" },
    want: "/home/a/.cache/plinth/toolchain",
  },
])("lies in $case", ({ environment, want }) => {
  expect(toolchainDirectory(environment)).toBe(want);
});
