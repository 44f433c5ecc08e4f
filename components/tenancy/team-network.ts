/** Which traffic a team's pods may have: none, but name resolution, each other, and the object store. */
import type { StoreEgress } from "../storage/object-store.ts";

const dnsPorts = [
  { protocol: "UDP", port: 53 },
  { protocol: "TCP", port: 53 },
];

const dnsPods = {
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
  podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
};

/** Specs by name of the policy. Policies add up: the first takes effect only where no other allows. */
export const networkPolicies = {
  "default-deny": { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  "allow-dns": {
    podSelector: {},
    policyTypes: ["Egress"],
    egress: [{ to: [dnsPods], ports: dnsPorts }],
  },
  "allow-same-namespace": {
    podSelector: {},
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ from: [{ podSelector: {} }] }],
    egress: [{ to: [{ podSelector: {} }] }],
  },
};

/** One more policy, for teams that the store lets in. */
export function storePolicy({ cidrs, port, identity = [] }: StoreEgress) {
  const places = [{ cidrs, port }, ...identity.map((place) => ({ cidrs: [place.cidr], port: place.port }))];
  return {
    podSelector: {},
    policyTypes: ["Egress"],
    egress: places.map((place) => ({
      to: place.cidrs.map((cidr) => ({ ipBlock: { cidr } })),
      ports: [{ protocol: "TCP", port: place.port }],
    })),
  };
}
