import type { V1Deployment, V1Service } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { endpointStatuses } from "../../../embedded/status/endpoint-status.ts";

const metadata = {
  name: "chat",
  namespace: "chat-inference-system",
  labels: { "plinth.dev/inference-server": "chat", "plinth.dev/team": "research" },
};
const service: V1Service = { metadata, spec: { clusterIP: "10.96.143.7", ports: [{ port: 8000 }] } };

function deployment(nodeSelector: Record<string, string>, status: V1Deployment["status"]): V1Deployment {
  const template = { spec: { containers: [], nodeSelector } };
  return { metadata, spec: { replicas: 2, selector: {}, template }, status };
}

const onHost = { "plinth.dev/host": "true" };

test.each([
  { case: "some answer", status: { readyReplicas: 1 }, ready: "1 of 2" },
  { case: "none does yet", status: {}, ready: "0 of 2" },
  { case: "nobody has looked at it", status: undefined, ready: "0 of 2" },
])("a server of this machine: $case", ({ status, ready }) => {
  expect(endpointStatuses([deployment(onHost, status)], [service])).toEqual([
    { name: "chat", team: "research", address: "http://127.96.143.7:8000/v1", ready },
  ]);
});

test.each([
  { case: "on simulated nodes", deployments: [deployment({}, { readyReplicas: 2 })], services: [service] },
  { case: "without its Service", deployments: [deployment(onHost, {})], services: [] },
  {
    case: "beside another namespace's Service",
    deployments: [deployment(onHost, {})],
    services: [{ ...service, metadata: { ...metadata, namespace: "other" } }],
  },
])("a server that nobody can ask: $case", ({ deployments, services }) => {
  expect(endpointStatuses(deployments, services)).toEqual([]);
});
