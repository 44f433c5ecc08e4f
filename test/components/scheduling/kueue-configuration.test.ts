import { expect, test } from "vitest";
import { kueueConfiguration } from "../../../components/scheduling/kueue-configuration.ts";

const expected = {
  apiVersion: "config.kueue.x-k8s.io/v1beta2",
  kind: "Configuration",
  health: { healthProbeBindAddress: ":8081" },
  metrics: { bindAddress: ":8443", enableClusterQueueResources: true },
  webhook: { port: 9443 },
  leaderElection: { leaderElect: true, resourceName: "c1f6bfd2.kueue.x-k8s.io" },
  clientConnection: { qps: 300, burst: 500 },
  integrations: {
    frameworks: [
      "batch/job",
      "jobset.x-k8s.io/jobset",
      "trainer.kubeflow.org/trainjob",
      "leaderworkerset.x-k8s.io/leaderworkerset",
      "ray.io/raycluster",
      "ray.io/rayjob",
      "ray.io/rayservice",
      "kubeflow.org/mpijob",
      "pod",
      "deployment",
      "statefulset",
    ],
  },
  manageJobsWithoutQueueName: true,
  managedJobsNamespaceSelector: { matchExpressions: [{ key: "plinth.dev/team", operator: "Exists" }] },
  waitForPodsReady: {
    timeout: "300s",
    recoveryTimeout: "180s",
    blockAdmission: false,
    requeuingStrategy: {
      timestamp: "Eviction",
      backoffLimitCount: 10,
      backoffBaseSeconds: 60,
      backoffMaxSeconds: 3600,
    },
  },
};

test.each([
  {
    case: "first come, first served; webhooks only in team namespaces (F52)",
    fairSharing: false,
    want: expected,
  },
  {
    case: "fair sharing",
    fairSharing: true,
    want: {
      ...expected,
      fairSharing: { preemptionStrategies: ["LessThanOrEqualToFinalShare", "LessThanInitialShare"] },
    },
  },
])("$case", ({ fairSharing, want }) => {
  expect(kueueConfiguration({ fairSharing })).toEqual(want);
});

test.each([
  { case: "none", controllers: [], want: [] },
  { case: "in the order of the catalogue", controllers: ["kuberay", "jobset"], want: ["jobset", "ray"] },
] as const)("kinds of the installed controllers: $case", ({ controllers, want }) => {
  const { frameworks } = kueueConfiguration({ fairSharing: false, controllers }).integrations;
  const groups = frameworks.filter((name) => name.includes(".")).map((name) => name.replace(/\..*/, ""));
  expect([...new Set(groups)]).toEqual(want);
  expect(frameworks.filter((name) => !name.includes("."))).toEqual([
    "batch/job",
    "pod",
    "deployment",
    "statefulset",
  ]);
});

test("pods that are not ready: every setting reaches Kueue", () => {
  const podsReady = {
    timeoutSeconds: 20,
    recoverySeconds: 10,
    retries: 2,
    backoffBaseSeconds: 3,
    backoffMaxSeconds: 30,
    blockAdmission: true,
    requeueBy: "creation",
  } as const;
  expect(kueueConfiguration({ fairSharing: false, podsReady }).waitForPodsReady).toEqual({
    timeout: "20s",
    recoveryTimeout: "10s",
    blockAdmission: true,
    requeuingStrategy: {
      timestamp: "Creation",
      backoffLimitCount: 2,
      backoffBaseSeconds: 3,
      backoffMaxSeconds: 30,
    },
  });
});

test("how long a job waits for another cluster is said, where there are any", () => {
  const multiKueue = { workerLostSeconds: 60 };
  expect(kueueConfiguration({ fairSharing: false, multiKueue }).multiKueue).toEqual({
    workerLostTimeout: "60s",
  });
});

test("what Kueue may ask of the API server is said", () => {
  const clientConnection = { qps: 50, burst: 100 };
  expect(kueueConfiguration({ fairSharing: false, clientConnection }).clientConnection).toEqual(
    clientConnection,
  );
});

test("use is counted by accelerators and cores; memory, counted in bytes, would drown them", () => {
  const admissionFairSharing = {
    usageHalfLifeSeconds: 3600,
    usageSamplingSeconds: 60,
    acceleratorWeight: 2,
    cpuWeight: 1,
  };
  const settings = { fairSharing: false, admissionFairSharing };
  expect(
    kueueConfiguration(settings, { resourceNames: ["nvidia.com/gpu", "google.com/tpu"], mappings: [] })
      .admissionFairSharing,
  ).toEqual({
    usageHalfLifeTime: "3600s",
    usageSamplingInterval: "60s",
    resourceWeights: { cpu: 1, memory: 0, "nvidia.com/gpu": 2, "google.com/tpu": 2 },
  });
});
