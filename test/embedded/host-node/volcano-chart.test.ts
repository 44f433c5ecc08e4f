import { expect, test } from "vitest";
import { completeVolcano } from "../../../embedded/host-node/volcano-chart.ts";

const ports = { health: 1, metrics: 2, webhook: 3 };

function deployment(image: string) {
  const container = { name: "main", image, args: ["--logtostderr", "2>&1"] };
  return { kind: "Deployment", spec: { template: { spec: { containers: [container] } } } };
}

test.each([
  {
    case: "the scheduler listens on its ports and dumps nothing into files",
    image: "docker.io/volcanosh/vc-scheduler:v1",
    args: ["--healthz-address=127.0.0.1:1", "--listen-address=127.0.0.1:2", "--cache-dumper=false"],
    port: 1,
  },
  {
    case: "the controllers take the port that no webhook needs",
    image: "docker.io/volcanosh/vc-controller-manager:v1",
    args: ["--healthz-address=127.0.0.1:3", "--enable-metrics=false"],
    port: 3,
  },
])("$case", ({ image, args, port }) => {
  const { spec } = completeVolcano(deployment(image), ports);
  expect(spec).toEqual({
    template: {
      spec: {
        containers: [
          {
            name: "main",
            image,
            args: ["--logtostderr", ...args],
            readinessProbe: { httpGet: { path: "/healthz", port }, periodSeconds: 1, failureThreshold: 3 },
          },
        ],
      },
    },
  });
});

test("other objects stay as they are", () => {
  const service = { kind: "Service", spec: { ports: [] } };
  expect(completeVolcano(service, ports)).toBe(service);
});
