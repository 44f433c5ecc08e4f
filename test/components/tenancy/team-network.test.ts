import { expect, test } from "vitest";
import { networkPolicies, storePolicy } from "../../../components/tenancy/team-network.ts";

test("nothing in or out, but name resolution and the namespace itself", () => {
  expect(networkPolicies).toEqual({
    "default-deny": { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    "allow-dns": {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
              podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
            },
          ],
          ports: [
            { protocol: "UDP", port: 53 },
            { protocol: "TCP", port: 53 },
          ],
        },
      ],
    },
    "allow-same-namespace": {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [{ podSelector: {} }] }],
      egress: [{ to: [{ podSelector: {} }] }],
    },
  });
});

test("the object store, by its networks and its port only", () => {
  expect(storePolicy({ cidrs: ["192.0.2.0/24", "2001:db8::/32"], port: 9000 })).toEqual({
    podSelector: {},
    policyTypes: ["Egress"],
    egress: [
      {
        to: [{ ipBlock: { cidr: "192.0.2.0/24" } }, { ipBlock: { cidr: "2001:db8::/32" } }],
        ports: [{ protocol: "TCP", port: 9000 }],
      },
    ],
  });
});

test("and whoever tells pods who they are, each by a port of its own", () => {
  const identity = [{ cidr: "169.254.169.254/32", port: 80 }];
  expect(storePolicy({ cidrs: ["192.0.2.0/24"], port: 443, identity }).egress).toEqual([
    { to: [{ ipBlock: { cidr: "192.0.2.0/24" } }], ports: [{ protocol: "TCP", port: 443 }] },
    { to: [{ ipBlock: { cidr: "169.254.169.254/32" } }], ports: [{ protocol: "TCP", port: 80 }] },
  ]);
});
