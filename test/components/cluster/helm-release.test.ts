import * as k8s from "@pulumi/kubernetes";
import { expect, test } from "vitest";
import { charts } from "../../../components/catalogue/versions.ts";
import type { ChartRelease } from "../../../components/cluster/contract.ts";
import {
  chartMirrorField,
  chartReference,
  fetchableCharts,
  helmRelease,
  keepDefinitions,
} from "../../../components/cluster/helm-release.ts";
import { record } from "../../support/record.ts";

const kueue: ChartRelease = { chart: "kueue", namespace: "kueue-system", values: { replicas: 2 } };

function install(release: ChartRelease, chartMirror?: string) {
  return record(() => {
    const provider = new k8s.Provider("site", {});
    helmRelease("queues", release, { provider, chartMirror }, {});
  });
}

test("a release is its namespace, then the chart at its pinned version", async () => {
  const resources = await install(kueue);
  expect(resources.map(({ type, name, dependsOn, provider }) => [type, name, dependsOn, provider])).toEqual([
    ["kubernetes:core/v1:Namespace", "kueue-system", [], "site"],
    ["kubernetes:helm.sh/v4:Chart", "queues", ["kueue-system"], "site"],
    ["pulumi:providers:kubernetes", "site", [], ""],
  ]);
  expect(resources[1]?.inputs).toEqual({
    chart: "oci://registry.k8s.io/kueue/charts/kueue",
    version: "0.19.2",
    name: "kueue",
    namespace: "kueue-system",
    values: { replicas: 2 },
  });
});

test.each([
  { case: "which its pods satisfy", chart: "kueue", want: "restricted" },
  { case: "which lets privileged pods in, where they are (F31)", chart: "gpuOperator", want: "privileged" },
] as const)("its namespace has the level of Pod Security $case", async ({ chart, want }) => {
  const [namespace] = await install({ ...kueue, chart });
  expect(namespace?.inputs.metadata).toEqual({
    name: "kueue-system",
    labels: {
      "plinth.dev/system": "true",
      "pod-security.kubernetes.io/enforce": want,
      "pod-security.kubernetes.io/enforce-version": "latest",
    },
  });
});

test("a namespace that is there is neither made nor deleted", async () => {
  const resources = await install({ ...kueue, namespaceExists: true });
  expect(resources.map(({ type }) => type)).toEqual([
    "kubernetes:helm.sh/v4:Chart",
    "pulumi:providers:kubernetes",
  ]);
});

test("definitions of kinds outlive their release, and nothing else does", async () => {
  const resources = await install(kueue);
  expect(resources.find(({ name }) => name === "queues")?.transforms).toBe(1);
  const child = { custom: true, name: "any", props: { spec: 1 }, opts: { parent: undefined } };
  const type = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
  expect(keepDefinitions({ ...child, type })).toEqual({
    props: { spec: 1 },
    opts: { parent: undefined, retainOnDelete: true },
  });
  expect(keepDefinitions({ ...child, type: "kubernetes:apps/v1:Deployment" })).toBeUndefined();
});

test.each([
  {
    case: "a repository with an index",
    chart: charts.kuberay,
    want: {
      chart: "kuberay-operator",
      version: "1.6.2",
      repositoryOpts: { repo: "https://ray-project.github.io/kuberay-helm" },
    },
  },
  {
    case: "a registry whose tags have a letter before them",
    chart: charts.kai,
    want: { chart: "oci://ghcr.io/kai-scheduler/kai-scheduler/kai-scheduler", version: "v0.17.0" },
  },
  {
    case: "a mirror with an index",
    chart: charts.kueue,
    mirror: "https://charts.example.org/all/",
    want: {
      chart: "kueue",
      version: "0.19.2",
      repositoryOpts: { repo: "https://charts.example.org/all" },
    },
  },
  {
    case: "a mirror in a registry",
    chart: charts.gpuOperator,
    mirror: "oci://registry.example.org/charts",
    want: { chart: "oci://registry.example.org/charts/gpu-operator", version: "v26.7.0" },
  },
])("where a chart comes from: $case", ({ chart, mirror, want }) => {
  expect(chartReference(chart, mirror)).toEqual(want);
});

test("a chart that nobody publishes comes from a mirror or not at all", () => {
  expect(() => chartReference(charts.mpi)).toThrow(
    "mpi-operator: its makers publish no chart; put one into a mirror of your own",
  );
  expect(chartReference(charts.mpi, "https://charts.example.org")).toMatchObject({ chart: "mpi-operator" });
  expect(fetchableCharts()).toEqual(Object.keys(charts).filter((name) => name !== "mpi"));
  expect(fetchableCharts("https://charts.example.org")).toEqual(Object.keys(charts));
});

test.each([
  ["https://charts.example.org/all", true],
  ["oci://registry.example.org:5000/charts", true],
  ["http://127.0.0.1:8080", true],
  ["http://localhost:8080/charts", true],
  ["http://charts.example.org", false],
  ["http://127.0.0.1.example.org", false],
  ["file:///charts", false],
  ["https://user:password@example.org", false],
])("a mirror at %s: %s", (address, want) => {
  expect(chartMirrorField.safeParse(address).success).toBe(want);
});
