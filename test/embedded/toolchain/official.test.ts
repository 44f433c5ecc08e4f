import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { acceptance, findOfficial } from "../../../embedded/toolchain/official.ts";
import type { ProgramName } from "../../../embedded/toolchain/parts.ts";
import { fakeGo } from "../../support/fake-go.ts";

function program(path: string, says = "") {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
}

/** Official programs in a home folder, as their installers lay them out. */
function machine(files: Record<string, string>) {
  const { modules, home } = fakeGo();
  for (const [path, says] of Object.entries(files)) program(join(home, path), says);
  const environment = {
    HOME: home,
    PATH: join(home, "bin"),
    PULUMI_HOME: join(home, "pulumi"),
    KUBEBUILDER_ASSETS: join(home, "assets"),
  };
  const find = (name: ProgramName) => findOfficial(name, modules, environment);
  return { home, find };
}

const host = "bin/pulumi-language-nodejs";
const plugin = "pulumi/plugins/resource-kubernetes-v4.25.0/pulumi-resource-kubernetes";

test.each([
  { name: "pulumi" as const, file: "bin/pulumi", says: "v3.259.0", place: "PATH", version: "3.259.0" },
  { name: "pulumi" as const, file: "bin/pulumi", says: "v3.300.1", place: "PATH", version: "3.300.1" },
  {
    name: "etcd" as const,
    file: "assets/etcd",
    says: "etcd Version: 3.6.1",
    place: "KUBEBUILDER_ASSETS",
    version: "3.6.1",
  },
  {
    name: "kube-apiserver" as const,
    file: "assets/kube-apiserver",
    says: "Kubernetes v1.36.0",
    place: "KUBEBUILDER_ASSETS",
    version: "1.36.0",
  },
  {
    name: "kubectl" as const,
    file: "assets/kubectl",
    says: "Client Version: v1.36.4",
    place: "KUBEBUILDER_ASSETS",
    version: "1.36.4",
  },
  {
    name: "pulumi-resource-kubernetes" as const,
    file: plugin,
    says: "",
    place: "PULUMI_HOME",
    version: "4.25.0",
  },
])("uses $name $version from $place", async ({ name, file, says, place, version }) => {
  const { home, find } = machine({ [file]: says, [host]: "" });
  expect(await find(name)).toEqual({ use: { path: join(home, file), place, version } });
});

test("the companion of a linked program lies beside the target", async () => {
  const { home, find } = machine({ "opt/pulumi": "v3.259.0", "opt/pulumi-language-nodejs": "" });
  mkdirSync(join(home, "bin"));
  symlinkSync(join(home, "opt", "pulumi"), join(home, "bin", "pulumi"));
  expect(await find("pulumi")).toEqual({
    use: { path: join(home, "bin", "pulumi"), place: "PATH", version: "3.259.0" },
  });
});

test.each<{ case: string; name: ProgramName; files: Record<string, string>; want: string }>([
  {
    case: "an older CLI",
    name: "pulumi",
    files: { "bin/pulumi": "v3.200.0", [host]: "" },
    want: "bin/pulumi is not used: it is 3.200.0, but must be 3.259.0 or newer with major version 3.",
  },
  {
    case: "the next major",
    name: "pulumi",
    files: { "bin/pulumi": "v4.0.0", [host]: "" },
    want: "bin/pulumi is not used: it is 4.0.0, but must be 3.259.0 or newer with major version 3.",
  },
  {
    case: "a CLI alone",
    name: "pulumi",
    files: { "bin/pulumi": "v3.259.0" },
    want: "bin/pulumi is not used: pulumi-language-nodejs is missing beside it.",
  },
  {
    case: "another Kubernetes",
    name: "kube-apiserver",
    files: { "assets/kube-apiserver": "Kubernetes v1.35.9" },
    want: "assets/kube-apiserver is not used: it is 1.35.9, but must be a release of 1.36.",
  },
  {
    case: "a plugin that is half installed",
    name: "pulumi-resource-kubernetes",
    files: { [plugin]: "", "pulumi/plugins/resource-kubernetes-v4.25.0.partial": "" },
    want: `${plugin} is not used: its installation is not finished.`,
  },
  {
    case: "a program without a version",
    name: "etcd",
    files: { "assets/etcd": "hello" },
    want: "assets/etcd is not used: it does not say its version.",
  },
])("passes over $case and says why", async ({ name, files, want }) => {
  const { home, find } = machine(files);
  expect(await find(name)).toEqual({ passedOver: join(home, want) });
});

test.each<{ name: ProgramName }>([
  { name: "kube-scheduler" },
  { name: "kueue" },
  { name: "etcd" },
  { name: "pulumi" },
])("finds no $name on a bare machine", async ({ name }) => {
  expect(await machine({}).find(name)).toBeUndefined();
});

test.each([
  { case: "the pinned plugin", version: "4.25.0", accepts: "exact" as const, want: true },
  { case: "another plugin", version: "4.25.1", accepts: "exact" as const, want: false },
  { case: "an older patch", version: "4.25.0", accepts: "sameMinor" as const, want: true },
  { case: "a longer minor", version: "4.251.0", accepts: "sameMinor" as const, want: false },
])("$case: $want", ({ version, accepts, want }) => {
  expect(acceptance[accepts].test(version, "4.25.0")).toBe(want);
});
