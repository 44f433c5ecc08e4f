import { expect, test } from "vitest";
import { type RayRun, rayClusterSpec } from "../../../components/training/ray-cluster-spec.ts";

const run: RayRun = {
  rayVersion: "2.52.0",
  pod: {
    labels: { "plinth.dev/team": "research" },
    annotations: {},
    serviceAccount: "workload",
    priority: "normal",
    image: "ray@sha256:1",
    environment: [{ name: "A", value: "b" }],
  },
  head: { requests: { cpu: "2", memory: "8Gi" }, sharedMemory: "2Gi" },
  workers: [{ name: "gpu", nodes: 2, maxNodes: 2, requests: { "nvidia.com/gpu": "8" }, sharedMemory: "9Gi" }],
};
const scaling = { ...run, autoscaling: { idleTimeoutSeconds: 60, upscaling: "Default" } };

test("a head that takes no work, and workers in a group of fixed size", () => {
  const { headGroupSpec, workerGroupSpecs, ...rest } = rayClusterSpec(run);
  expect(rest).toEqual({ rayVersion: "2.52.0" });
  expect(headGroupSpec.rayStartParams).toEqual({ "num-cpus": "0", "dashboard-host": "0.0.0.0" });
  expect(workerGroupSpecs.map(({ template: _, ...group }) => group)).toEqual([
    { groupName: "gpu", replicas: 2, minReplicas: 2, maxReplicas: 2, rayStartParams: {} },
  ]);
});

test("head and workers have shared memory of a size (F79)", () => {
  const { headGroupSpec, workerGroupSpecs } = rayClusterSpec(run);
  const templates = [headGroupSpec.template, ...workerGroupSpecs.map(({ template }) => template)];
  const sizes = templates.map(({ spec }) => "volumes" in spec && spec.volumes?.[0]?.emptyDir.sizeLimit);
  expect(sizes).toEqual(["2Gi", "9Gi"]);
});

test("a mesh leaves head and workers alone (F94)", () => {
  const { headGroupSpec, workerGroupSpecs } = rayClusterSpec(run);
  const templates = [headGroupSpec.template, ...workerGroupSpecs.map(({ template }) => template)];
  for (const { metadata } of templates) {
    expect(metadata.labels).toEqual({ "plinth.dev/team": "research", "sidecar.istio.io/inject": "false" });
  }
});

test("head and workers share their network domain, each group by itself", () => {
  const topology = { mode: "preferred" as const, level: "topology.plinth.dev/block" };
  const { headGroupSpec, workerGroupSpecs } = rayClusterSpec({ ...run, topology });
  const want = { "kueue.x-k8s.io/podset-preferred-topology": "topology.plinth.dev/block" };
  expect(headGroupSpec.template.metadata.annotations).toEqual(want);
  expect(workerGroupSpecs[0]?.template.metadata.annotations).toEqual(want);
});

test("the autoscaler is version 2, has a size and rights that KubeRay gives it", () => {
  const { headGroupSpec, workerGroupSpecs, ...rest } = rayClusterSpec(scaling);
  const size = { cpu: "500m", memory: "512Mi" };
  expect(rest).toEqual({
    rayVersion: "2.52.0",
    enableInTreeAutoscaling: true,
    autoscalerOptions: {
      version: "v2",
      idleTimeoutSeconds: 60,
      upscalingMode: "Default",
      resources: { requests: size, limits: size },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    },
  });
  expect("serviceAccountName" in headGroupSpec.template.spec).toBe(false);
  expect(headGroupSpec.template.spec.automountServiceAccountToken).toBe(true);
  expect(workerGroupSpecs[0]?.template.spec).toMatchObject({
    serviceAccountName: "workload",
    automountServiceAccountToken: false,
    restartPolicy: "Never",
  });
});

test.each([
  {
    case: "without a password",
    given: { redisAddress: "redis:6379" },
    want: { redisAddress: "redis:6379" },
  },
  {
    case: "with a password and a prefix",
    given: {
      redisAddress: "redis:6379",
      passwordSecret: { name: "redis", key: "password" },
      storageNamespace: "tuning",
    },
    want: {
      redisAddress: "redis:6379",
      externalStorageNamespace: "tuning",
      redisPassword: { valueFrom: { secretKeyRef: { name: "redis", key: "password" } } },
    },
  },
])("fault tolerance $case", ({ given, want }) => {
  expect(rayClusterSpec({ ...run, gcsFaultTolerance: given })).toMatchObject({
    gcsFaultToleranceOptions: want,
  });
});
