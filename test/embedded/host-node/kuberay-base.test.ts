import { expect, test } from "vitest";
import { kuberayBase } from "../../../embedded/host-node/kuberay-base.ts";
import { completeBase } from "../../../embedded/host-node/kustomize-base.ts";

const ports = { health: 1, metrics: 2, webhook: 3 };

test("the operator is the released image, on our ports, with probes, and asks our dashboards", () => {
  const probe = { httpGet: { path: "/metrics", port: "http" }, periodSeconds: 5 };
  const container = { image: "kuberay/operator", args: ["--x"], readinessProbe: probe, livenessProbe: probe };
  const spec = { template: { spec: { containers: [container] } } };
  const completed = completeBase({ kind: "Deployment", spec }, kuberayBase, ports);
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
