/** The platform on a cluster that was there before: looked at, refused, previewed, brought up, destroyed. */
import { readFileSync, writeFileSync } from "node:fs";
import type { V1CustomResourceDefinition, V1Namespace, V1Node } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { type ChartRepository, type ServedChart, serveCharts } from "../support/chart-repository.ts";
import { changeSummary } from "../support/engine-output.ts";
import { addDefaultDisks, addNetworkPlugin, addNodes, siteLabels } from "../support/existing-site.ts";
import { httpsServer } from "../support/https-server.ts";
import { TestPlatform } from "../support/platform.ts";
import { origins, siteCharts } from "../support/site-charts.ts";
import { failure, initSite, onSite } from "../support/site-stack.ts";

const platform = new TestPlatform();
let charts: ServedChart[];
let repository: ChartRepository;

beforeAll(async () => {
  await platform.must("cluster", "up");
  charts = await siteCharts(["kueue", "jobset", "trainer", "lws", "metallb", "gpuOperator"]);
  repository = await serveCharts(charts);
  await addNodes(platform.api);
  await initSite(platform);
});
afterAll(async () => {
  await repository.close();
  await platform.remove();
});

const pool = {
  name: "h100",
  accelerator: "nvidia-h100-80gb-sxm",
  nodes: 2,
  acceleratorsPerNode: 8,
  nodeSelector: { [siteLabels.pool]: "dgx" },
  carries: ["driver"],
};

function stackFile(change: object = {}): string {
  return platform.stackFile({
    environment: "onprem",
    kubeconfig: platform.state.kubeconfig,
    distribution: "kubeadm",
    domainLabels: { rack: siteLabels.rack },
    loadBalancer: { addresses: ["10.20.0.0/28"] },
    chartMirror: repository.url,
    pools: [pool],
    queueing: { cohorts: ["platform"] },
    training: { controllers: ["jobset", "trainer", "lws"] },
    teams: [
      {
        name: "research",
        costCenter: "cc-1",
        cohort: "platform",
        quotas: [{ pool: "h100", accelerators: 16 }],
      },
    ],
    ...change,
  });
}

const pulumi = (command: readonly string[], file: string) => onSite(platform, command, file);

const namespaces = async () =>
  (await platform.api.list<V1Namespace>("/api/v1/namespaces")).map(({ metadata }) => metadata?.name);

test("a cluster that does not fit is refused at preview, with everything that it lacks", async () => {
  const before = await namespaces();
  const { code, stdout, stderr } = await pulumi(["preview"], stackFile({ pools: [{ ...pool, nodes: 4 }] }));
  expect(code).not.toBe(0);
  const told = stdout + stderr;
  expect(told).toMatch(
    /compared with the cluster at https:\/\/127\.0\.0\.1:\d+: 3 problems in the configuration/,
  );
  for (const line of [
    "given    no default class",
    "given    no known network plugin",
    "given    4, but 2 nodes with example.org/machine=dgx: gpu-1, gpu-2",
  ]) {
    expect(told).toContain(line);
  }
  expect(await namespaces()).toEqual(before);
});

test("a cluster of an old version is refused by what its API server says of itself", async () => {
  const server = await httpsServer(
    ({ url }, response) => {
      const answer = url === "/version" ? { gitVersion: "v1.28.9" } : { items: [] };
      response.end(JSON.stringify(answer));
    },
    { clientCertificates: false },
  );
  const file = parse(readFileSync(platform.state.kubeconfig, "utf8"));
  file.clusters[0].cluster = {
    server: `https://127.0.0.1:${server.port}`,
    "certificate-authority-data": Buffer.from(server.authorityPem).toString("base64"),
  };
  const kubeconfig = platform.state.path("old-kubeconfig");
  writeFileSync(kubeconfig, stringify(file));
  const { code, stdout, stderr } = await pulumi(["preview"], stackFile({ kubeconfig }));
  expect(code).not.toBe(0);
  expect(stdout + stderr).toMatch(/given {4}v1\.28\.9\n\s+allowed {2}1\.30 or newer/);
  expect(stdout + stderr).toContain("allowed  1.33 to 1.37, with gpu-operator 26.7.0");
});

test("once it has what was missing, a preview shows every object and makes none", async () => {
  await addNetworkPlugin(platform.api);
  await addDefaultDisks(platform.api);
  const before = await namespaces();
  const { code, stdout, stderr } = await pulumi(["preview", "--json"], stackFile());
  expect(failure({ code, stdout, stderr })).toBe("");
  const { steps } = JSON.parse(stdout) as { steps: { op: string; urn: string }[] };
  expect(new Set(steps.map(({ op }) => op))).toEqual(new Set(["create"]));
  const made = steps.map(({ urn }) => urn.split("::").slice(2).join(" ").replace(/^.*\$/, ""));
  expect(made).toEqual(
    expect.arrayContaining([
      "kubernetes:core/v1:NodePatch h100-gpu-1",
      "kubernetes:helm.sh/v4:Chart gpu-operator",
      "kubernetes:apps/v1:Deployment kueue:kueue-system/kueue-controller-manager",
      "kubernetes:metallb.io/v1beta1:IPAddressPool metallb-addresses",
      "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue kueue-clusterqueue-research-h100",
    ]),
  );
  expect(await namespaces()).toEqual(before);
});

test("up: nodes are labelled, charts come from the mirror, queues are there", async () => {
  const { code, stdout, stderr } = await pulumi(["up", "--yes", "--skip-preview"], stackFile());
  expect(failure({ code, stdout, stderr })).toBe("");
  const nodes = await platform.api.list<V1Node>("/api/v1/nodes?labelSelector=plinth.dev%2Fpool%3Dh100");
  expect(nodes.map(({ metadata }) => metadata?.name)).toEqual(["gpu-1", "gpu-2"]);
  expect(nodes[0]?.metadata?.labels).toMatchObject({
    [siteLabels.pool]: "dgx",
    "topology.plinth.dev/rack": "r1",
    "nvidia.com/gpu.deploy.driver": "false",
  });
  const queue = await platform.api.get<{ spec: object }>(
    "/apis/kueue.x-k8s.io/v1beta2/clusterqueues/research-h100",
  );
  expect(JSON.stringify(queue.spec)).toContain('"name":"nvidia.com/gpu","nominalQuota":"16"');
  for (const { name, version } of charts) {
    expect.soft(repository.asked).toContain(`/${name}-${version}.tgz`);
  }
  const operator = await platform.api.get<V1Namespace>("/api/v1/namespaces/gpu-operator");
  expect(operator.metadata?.labels?.["pod-security.kubernetes.io/enforce"]).toBe("privileged");
});

test("the charts were their makers' own, but for the GPU Operator's", () => {
  expect(origins(charts)).toEqual({
    own: ["jobset 0.12.0", "kubeflow-trainer 2.3.0", "kueue 0.19.2", "lws 0.9.0", "metallb 0.15.3"],
    empty: ["gpu-operator v26.7.0"],
  });
});

test("a second preview changes nothing", async () => {
  const { code, stdout } = await pulumi(["preview"], stackFile());
  expect(code).toBe(0);
  expect(changeSummary(stdout)).toEqual([expect.stringMatching(/^\d+ unchanged$/)]);
});

test("destroy: the site's nodes are as they were, and definitions of kinds stay", async () => {
  const { code, stdout, stderr } = await pulumi(["destroy", "--yes", "--skip-preview"], stackFile());
  expect(failure({ code, stdout, stderr })).toBe("");
  const node = await platform.api.get<V1Node>("/api/v1/nodes/gpu-1");
  expect(node.metadata?.labels).toMatchObject({ [siteLabels.pool]: "dgx", [siteLabels.rack]: "r1" });
  const ours = Object.keys(node.metadata?.labels ?? {}).filter((key) => /plinth\.dev|nvidia\.com/.test(key));
  expect(ours).toEqual([]);
  const kinds = await platform.api.list<V1CustomResourceDefinition>(
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  );
  const groups = new Set(kinds.map(({ spec }) => spec.group));
  const installed = ["kueue.x-k8s.io", "jobset.x-k8s.io", "trainer.kubeflow.org", "metallb.io"];
  expect(installed.filter((group) => !groups.has(group))).toEqual([]);
  expect(await namespaces()).not.toContain("research");
});
