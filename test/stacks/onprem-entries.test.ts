import { expect, test } from "vitest";
import { z } from "zod";
import { siteFields } from "../../stacks/onprem-entries.ts";

const site = z.strictObject(siteFields);

test("a site says its distribution, and has defaults for the rest", () => {
  expect(site.parse({ distribution: "rke2" })).toEqual({
    distribution: "rke2",
    storage: { everywhere: false },
    domainLabels: {},
    schedulers: {},
  });
});

test.each([
  { case: "addresses for MetalLB", field: { loadBalancer: { addresses: ["10.0.0.0/28"] } }, want: true },
  { case: "a class of load balancers", field: { loadBalancer: { class: "io.cilium/bgp" } }, want: true },
  {
    case: "both",
    field: { loadBalancer: { class: "io.cilium/bgp", addresses: ["10.0.0.0/28"] } },
    want: false,
  },
  { case: "neither", field: { loadBalancer: {} }, want: false },
  { case: "a kubeconfig somewhere below", field: { kubeconfig: "site/kubeconfig" }, want: false },
  { case: "a kubeconfig at a path", field: { kubeconfig: "/etc/plinth/kubeconfig" }, want: true },
  { case: "an unknown distribution", field: { distribution: "minikube" }, want: false },
  { case: "a label that is none", field: { domainLabels: { rack: "my rack" } }, want: false },
  { case: "a network that is said to enforce nothing", field: { networkPolicies: "ignored" }, want: false },
])("$case: $want", ({ field, want }) => {
  expect(site.safeParse({ distribution: "kubeadm", ...field }).success).toBe(want);
});
