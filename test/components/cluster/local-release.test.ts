import { expect, test } from "vitest";
import { hostValues } from "../../../components/cluster/local-release.ts";
import { kueueValues } from "../../../components/scheduling/queueing.ts";

const ports = { kueueHealth: 1, kueueMetrics: 2, kueueWebhook: 3 };
const podsReady = {
  timeoutSeconds: 300,
  recoverySeconds: 180,
  retries: 10,
  backoffBaseSeconds: 60,
  backoffMaxSeconds: 3600,
};
const values = hostValues(
  { chart: "kueue", namespace: "kueue-system", values: kueueValues({ fairSharing: true, podsReady }) },
  ports,
) as { controllerManager: Record<string, unknown>; managerConfig: { controllerManagerConfigYaml: string } };

test("Kueue's pod goes to the host node, once, with prompt probes", () => {
  expect(values.controllerManager).toEqual({
    manager: {
      image: { repository: "registry.k8s.io/kueue/kueue", tag: "v0.19.2", pullPolicy: "IfNotPresent" },
    },
    nodeSelector: { "plinth.dev/host": "true" },
    tolerations: [{ key: "plinth.dev/host", operator: "Equal", value: "true", effect: "NoSchedule" }],
    replicas: 1,
    readinessProbe: {
      initialDelaySeconds: 0,
      periodSeconds: 1,
      timeoutSeconds: 1,
      failureThreshold: 3,
      successThreshold: 1,
    },
    featureGates: [{ name: "VisibilityOnDemand", enabled: false }],
  });
});

test("Kueue listens on the cluster's ports of the loopback, and keeps the rest of its configuration", () => {
  const configuration = JSON.parse(values.managerConfig.controllerManagerConfigYaml);
  expect(configuration).toMatchObject({
    health: { healthProbeBindAddress: "127.0.0.1:1" },
    metrics: { bindAddress: "127.0.0.1:2", enableClusterQueueResources: true },
    webhook: { host: "127.0.0.1", port: 3 },
    leaderElection: { leaderElect: false },
    internalCertManagement: { enable: false },
    manageJobsWithoutQueueName: true,
    fairSharing: { preemptionStrategies: ["LessThanOrEqualToFinalShare", "LessThanInitialShare"] },
  });
});
