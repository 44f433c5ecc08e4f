import { expect, test } from "vitest";
import { MetalLb, metalLbFields } from "../../../components/cluster/metal-lb.ts";
import { onpremCluster } from "../../../components/cluster/onprem.ts";
import { record } from "../../support/record.ts";
import { makeInventory } from "../../support/site.ts";

test("the release, then the addresses, then their announcement, for Services of one class", async () => {
  const resources = await record(() => {
    const inventory = makeInventory();
    const site = { kubeconfig: "/config", inventory, distribution: "kubeadm", diskClass: "disks" } as const;
    const cluster = onpremCluster("onprem", site);
    expect(new MetalLb("metallb", { cluster, addresses: ["10.0.0.0/28"] }).loadBalancerClass).toBe(
      "plinth.dev/metallb",
    );
  });
  const own = resources.filter(({ parent }) => parent === "plinth:cluster:MetalLb metallb");
  expect(own.map(({ name, dependsOn }) => [name, dependsOn])).toEqual([
    ["metallb-system", []],
    ["metallb", ["metallb-system"]],
    ["metallb-addresses", ["metallb"]],
    ["metallb-advertisement", ["metallb-addresses"]],
  ]);
  expect(own[0]?.inputs.metadata).toMatchObject({
    labels: { "pod-security.kubernetes.io/enforce": "privileged" },
  });
  expect(own[1]?.inputs).toMatchObject({
    chart: "metallb",
    version: "0.15.3",
    values: { loadBalancerClass: "plinth.dev/metallb", speaker: { frr: { enabled: false } } },
  });
  expect(own.slice(2).map(({ inputs }) => [inputs.kind, inputs.spec])).toEqual([
    ["IPAddressPool", { addresses: ["10.0.0.0/28"] }],
    ["L2Advertisement", { ipAddressPools: ["plinth"] }],
  ]);
});

test.each([
  ["10.0.0.0/28", true],
  ["10.0.0.10-10.0.0.20", true],
  ["10.0.0.256/28", false],
  ["10.0.0.0/33", false],
  ["10.0.0.10", false],
  ["metal.example.org", false],
])("addresses: %s", (address, want) => {
  expect(metalLbFields.addresses.safeParse([address]).success).toBe(want);
});
