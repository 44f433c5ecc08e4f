/** An embedded cluster made to look like a site's: nodes, network plugin and disks were there before. */
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";

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

/** A definition of a kind of which any object will do. */
export function anyDefinition(group: string, version: string, kind: string) {
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}
