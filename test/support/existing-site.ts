/** An embedded cluster made to look like a site's: nodes, network plugin and disks were there before. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { charts } from "../../components/catalogue/versions.ts";
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { ensureToolchain } from "../../embedded/toolchain/toolchain.ts";
import type { ServedChart } from "./chart-repository.ts";

export const siteLabels = { pool: "example.org/machine", rack: "example.org/rack" } as const;

/** Two GPU machines in one rack, and one for the platform's own programs; none of them runs a program. */
export async function addNodes(api: KubeApi): Promise<void> {
  const gpu = { [siteLabels.pool]: "dgx", [siteLabels.rack]: "r1" };
  const taints = [{ key: "example.org/gpu", value: "h100", effect: "NoSchedule" }];
  await addNode(api, "system-1", {}, { cpu: "16", memory: "67108864Ki" });
  for (const name of ["gpu-1", "gpu-2"]) {
    await addNode(api, name, gpu, { cpu: "96", memory: "1056459652Ki" }, taints);
  }
}

async function addNode(
  api: KubeApi,
  name: string,
  labels: Readonly<Record<string, string>>,
  size: Readonly<Record<string, string>>,
  taints: readonly object[] = [],
): Promise<void> {
  const amounts = { ...size, pods: "110" };
  await api.create("/api/v1/nodes", {
    metadata: {
      name,
      labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", ...labels },
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    spec: { taints },
    status: { capacity: amounts, allocatable: amounts },
  });
}

/** The DaemonSet by which a known network plugin is found; it runs nothing. */
export async function addNetworkPlugin(api: KubeApi): Promise<void> {
  const labels = { app: "calico-node" };
  await api.create("/apis/apps/v1/namespaces/kube-system/daemonsets", {
    metadata: { name: "calico-node" },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "node", image: "calico/node:none" }], nodeSelector: { none: "here" } },
      },
    },
  });
}

export async function addDefaultDisks(api: KubeApi): Promise<void> {
  await api.create("/apis/storage.k8s.io/v1/storageclasses", {
    metadata: { name: "disks", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "example.org/disks",
    volumeBindingMode: "WaitForFirstConsumer",
  });
}

/** A chart of the repository, and whether it is its makers' own. */
export interface SiteChart extends ServedChart {
  readonly origin: string;
}

/** Charts of the toolchain's modules, and what of each needs a network of pods: none is here. */
const ownCharts = [
  { chart: "kueue", without: ["templates/webhook", "templates/visibility"] },
  { chart: "jobset", without: ["templates/webhook/manifests.yaml"] },
  {
    chart: "trainer",
    without: ["validating", "mutating"].map((kind) => `templates/webhook/${kind}_webhook_configuration.yaml`),
  },
  { chart: "lws", without: ["templates/webhook/webhook.yaml"] },
] as const;

/** The makers' own charts and definitions where they can be had, and empty ones in the place of others. */
export async function siteCharts(): Promise<SiteChart[]> {
  const { share } = await ensureToolchain({ only: ownCharts.map(({ chart }) => chart) });
  const own = ownCharts.map(({ chart, without }) => ({
    origin: "its makers' own, without webhooks and aggregated API",
    name: charts[chart].name,
    version: charts[chart].version,
    folder: share[`${chart}/chart`],
    without,
    files: definitionsIn(share[`${chart}/crds`]),
  }));
  return [
    ...own,
    { origin: "an empty one in its place", name: "gpu-operator", version: charts.gpuOperator.tag },
    {
      origin: "an empty one in its place, with definitions of its two kinds",
      name: "metallb",
      version: charts.metallb.version,
      files: { "crds/kinds.yaml": ["IPAddressPool", "L2Advertisement"].map(definition).join("---\n") },
    },
  ];
}

/** The toolchain keeps definitions beside a chart; a chart has them in a folder of its own. */
function definitionsIn(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter((name) => name.includes(".x-k8s.io_") || name.includes(".org_"));
  return Object.fromEntries(
    names.map((name) => [join("crds", name), readFileSync(join(folder, name), "utf8")]),
  );
}

function definition(kind: string): string {
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.metallb.io` },
    spec: {
      group: "metallb.io",
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: "v1beta1", served: true, storage: true, schema }],
    },
  });
}
