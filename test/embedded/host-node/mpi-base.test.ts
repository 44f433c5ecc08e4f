import { expect, test } from "vitest";
import { completeBase } from "../../../embedded/host-node/kustomize-base.ts";
import { mpiBase } from "../../../embedded/host-node/mpi-base.ts";

const ports = { health: 1, metrics: 2, webhook: 3 };

test("the operator is the released image, on our port, with probes, under the restricted level", () => {
  const container = { name: "mpi-operator", image: "mpioperator/mpi-operator:latest", args: ["-x"] };
  const spec = { template: { spec: { containers: [container] } } };
  const probe = { httpGet: { path: "/healthz", port: 1 } };
  expect(completeBase({ kind: "Deployment", spec }, mpiBase, ports)).toEqual({
    kind: "Deployment",
    metadata: { namespace: "mpi-operator-system" },
    spec: {
      template: {
        spec: {
          containers: [
            {
              name: "mpi-operator",
              image: "docker.io/mpioperator/mpi-operator:0.8.2",
              args: [
                "-alsologtostderr",
                "-health-address=127.0.0.1:1",
                "-kube-api-qps=100",
                "-kube-api-burst=200",
              ],
              readinessProbe: probe,
              livenessProbe: probe,
              securityContext: {
                runAsNonRoot: true,
                allowPrivilegeEscalation: false,
                capabilities: { drop: ["ALL"] },
                seccompProfile: { type: "RuntimeDefault" },
              },
            },
          ],
        },
      },
    },
  });
});
