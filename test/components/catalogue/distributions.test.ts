import { expect, test } from "vitest";
import { distributions } from "../../../components/catalogue/distributions.ts";

test("only kubeadm's containerd lies where the toolkit looks first", () => {
  const elsewhere = Object.entries(distributions).filter(([, { env }]) => Object.keys(env).length > 0);
  expect(elsewhere.map(([name]) => name)).toEqual(["k3s", "rke2", "k0s", "microk8s"]);
});

test("k3s and RKE2 share a socket and have configurations of their own", () => {
  const { k3s, rke2 } = distributions;
  expect(rke2.env.CONTAINERD_SOCKET).toBe(k3s.env.CONTAINERD_SOCKET);
  expect(rke2.env.CONTAINERD_CONFIG).toBe("/var/lib/rancher/rke2/agent/etc/containerd/config.toml.tmpl");
  expect(k3s.env.CONTAINERD_CONFIG).toBe("/var/lib/rancher/k3s/agent/etc/containerd/config.toml.tmpl");
});
