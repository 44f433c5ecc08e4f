import { expect, test } from "vitest";
import { completeKuberay } from "../../../embedded/host-node/kuberay-base.ts";

const ports = { health: 1, metrics: 2, webhook: 3 };
const subject = { kind: "ServiceAccount", name: "kuberay-operator" };

test.each([
  {
    case: "an object of a namespace gets one",
    given: { kind: "ServiceAccount", metadata: { name: "kuberay-operator" } },
    want: {
      kind: "ServiceAccount",
      metadata: { name: "kuberay-operator", namespace: "kuberay-system" },
    },
  },
  {
    case: "one of the cluster gets none",
    given: { kind: "ClusterRole", metadata: { name: "kuberay-operator" }, rules: [] },
    want: { kind: "ClusterRole", metadata: { name: "kuberay-operator" }, rules: [] },
  },
  {
    case: "a binding names the account where it is",
    given: { kind: "ClusterRoleBinding", metadata: { name: "x" }, subjects: [subject] },
    want: {
      kind: "ClusterRoleBinding",
      metadata: { name: "x" },
      subjects: [{ ...subject, namespace: "kuberay-system" }],
    },
  },
])("$case", ({ given, want }) => {
  expect(completeKuberay(given, ports)).toEqual(want);
});

test("the operator is the released image, on our ports, with probes, and asks our dashboards", () => {
  const probe = { httpGet: { path: "/metrics", port: "http" }, periodSeconds: 5 };
  const container = { image: "kuberay/operator", args: ["--x"], readinessProbe: probe, livenessProbe: probe };
  const spec = { template: { spec: { containers: [container] } } };
  const completed = completeKuberay({ kind: "Deployment", metadata: { namespace: "system" }, spec }, ports);
  expect(completed).toEqual({
    kind: "Deployment",
    metadata: { namespace: "kuberay-system" },
    spec: {
      template: {
        spec: {
          containers: [
            {
              image: "quay.io/kuberay/operator:v1.6.2",
              env: [{ name: "HTTP_PROXY", value: "http://127.0.0.1:3" }],
              args: [
                "--metrics-addr=127.0.0.1:2",
                "--health-probe-bind-address=127.0.0.1:1",
                "--enable-leader-election=false",
              ],
              readinessProbe: { httpGet: { path: "/readyz", port: 1 }, periodSeconds: 5 },
              livenessProbe: { httpGet: { path: "/healthz", port: 1 }, periodSeconds: 5 },
            },
          ],
        },
      },
    },
  });
});
