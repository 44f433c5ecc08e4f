/** Network plugins, by the DaemonSet that each has on every node, and who enforces NetworkPolicies. */

export interface NetworkPlugin {
  /** Whether NetworkPolicies have an effect; the API server takes them in any case. */
  readonly enforces: boolean;
  readonly source: string;
  /** Day of the check, as year-month-day. */
  readonly date: string;
}

const date = "2026-11-21";

export const networkPlugins = {
  "calico-node": { enforces: true, source: "projectcalico/calico, manifests", date },
  canal: {
    enforces: true,
    source: "projectcalico/calico, manifests: Flannel's network, Calico's policies",
    date,
  },
  "rke2-canal": { enforces: true, source: "rancher/rke2-charts, rke2-canal", date },
  cilium: { enforces: true, source: "cilium/cilium, install/kubernetes/cilium", date },
  "antrea-agent": { enforces: true, source: "antrea-io/antrea, build/yamls", date },
  "kube-router": { enforces: true, source: "cloudnativelabs/kube-router, daemonset; what k0s brings", date },
  "kube-ovn-cni": { enforces: true, source: "kubeovn/kube-ovn, dist/images/install.sh", date },
  "ovnkube-node": { enforces: true, source: "ovn-kubernetes/ovn-kubernetes, dist", date },
  "weave-net": { enforces: true, source: "weaveworks/weave, its manifests: no longer maintained", date },
  "kube-flannel-ds": { enforces: false, source: "flannel-io/flannel README.md: no network policies", date },
  "kube-multus-ds": {
    enforces: false,
    source: "k8snetworkplumbingwg/multus-cni: adds networks to another's",
    date,
  },
} as const satisfies Record<string, NetworkPlugin>;

export type NetworkPluginName = keyof typeof networkPlugins;

/** Distributions whose own program enforces policies, without a DaemonSet (k3s docs, networking services). */
export const enforcingDistributions = ["k3s"] as const;
