import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Go } from "../../../embedded/toolchain/go.ts";
import { type PartName, parts } from "../../../embedded/toolchain/parts.ts";
import { essentialFiles, recipeOf } from "../../../embedded/toolchain/recipe.ts";
import { fakeGo } from "../../support/fake-go.ts";

const go: Go = { version: "1.26.8", os: "linux", arch: "amd64" };

function partNamed(name: PartName) {
  const part = parts.find((candidate) => candidate.name === name);
  if (part === undefined) throw new Error(`no part ${name}`);
  return part;
}

test.each([
  { case: "nothing", change: undefined, other: go, want: [] },
  {
    case: "go.sum of the cluster",
    change: "cluster/go.sum",
    other: go,
    want: ["etcd", "kubernetes", "kubectl", "kwok", "kueue", "jobset", "trainer", "lws"],
  },
  { case: "go.sum of the CLI", change: "pulumi/go.sum", other: go, want: ["pulumi"] },
  {
    case: "go.mod of the provider",
    change: "pulumi-kubernetes/go.mod",
    other: go,
    want: ["pulumi-resource-kubernetes"],
  },
  { case: "main of etcd", change: "cluster/etcd/main.go", other: go, want: ["etcd"] },
  {
    case: "main of the provider",
    change: "pulumi-kubernetes/main.go",
    other: go,
    want: ["pulumi-resource-kubernetes"],
  },
  { case: "patch of Go", change: undefined, other: { ...go, version: "1.26.9" }, want: [] },
  {
    case: "minor of Go",
    change: undefined,
    other: { ...go, version: "1.27.0" },
    want: parts.map(({ name }) => name),
  },
  {
    case: "processor",
    change: undefined,
    other: { ...go, arch: "arm64" },
    want: parts.map(({ name }) => name),
  },
  { case: "system", change: undefined, other: { ...go, os: "darwin" }, want: parts.map(({ name }) => name) },
])("another $case changes exactly these keys", ({ change, other, want }) => {
  const { modules } = fakeGo();
  const before = parts.map((part) => recipeOf(part, modules, go).folderName);
  if (change !== undefined) appendFileSync(join(modules, change), "\n// changed\n");
  const after = parts.map((part) => recipeOf(part, modules, other).folderName);
  expect(parts.filter((_, i) => before[i] !== after[i]).map(({ name }) => name)).toEqual(want);
});

test("arguments of go for a part with tags and variables", () => {
  const { modules } = fakeGo();
  expect(recipeOf(partNamed("pulumi"), modules, go).goArguments).toEqual([
    "build",
    "-v",
    "-trimpath",
    "-gcflags=all=-dwarf=false",
    "-tags=osusergo,grpcnotrace",
    "-ldflags=-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=3.259.0",
  ]);
});

test.each([
  {
    name: "kubernetes" as const,
    want: ["bin/kubernetes", "bin/kube-apiserver", "bin/kube-scheduler", "bin/kube-controller-manager"],
  },
  { name: "kueue" as const, want: ["bin/kueue", "share/kueue/chart", "share/kueue/crds"] },
])("files that make $name whole", ({ name, want }) => {
  expect([...new Set(essentialFiles(partNamed(name)))]).toEqual(want);
});
