import { expect, test } from "vitest";
import { podTemplate, type TrainingPod } from "../../../components/training/training-pod.ts";

const pod: TrainingPod = {
  labels: { "plinth.dev/team": "research" },
  annotations: { "plinth.dev/finish-after": "5s" },
  serviceAccount: "workload",
  priority: "normal",
  container: "trainer",
  image: "trainer@sha256:1",
  environment: [{ name: "A", value: "b" }],
  requests: { cpu: "184", memory: "2040Gi", "nvidia.com/gpu": "8" },
  sharedMemory: "510Gi",
};

const containerOf = (given: TrainingPod) => podTemplate(given).spec.containers[0];

test("the queue places pods: they state neither tolerations nor a node selector (F128)", () => {
  const { spec } = podTemplate(pod);
  expect(["tolerations", "nodeSelector", "affinity"].filter((field) => field in spec)).toEqual([]);
});

test("requests and limits are one value (F14)", () => {
  expect(containerOf(pod)?.resources).toEqual({ requests: pod.requests, limits: pod.requests });
});

test("the runtime class of its pool, where it has one", () => {
  expect(podTemplate({ ...pod, runtimeClass: "nvidia" }).spec).toMatchObject({ runtimeClassName: "nvidia" });
  expect(podTemplate(pod).spec).not.toHaveProperty("runtimeClassName");
});

test("shared memory is a memory volume with a size (F79)", () => {
  const { containers, volumes } = podTemplate(pod).spec;
  expect(volumes).toEqual([{ name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: "510Gi" } }]);
  expect(containers[0]?.volumeMounts).toEqual([{ name: "shared-memory", mountPath: "/dev/shm" }]);
});

test("a pod without accelerators has none", () => {
  const { sharedMemory: _, ...plain } = pod;
  const { spec } = podTemplate(plain);
  expect("volumes" in spec).toBe(false);
  expect("volumeMounts" in (spec.containers[0] ?? {})).toBe(false);
});

test("variables made from Service names are off (F11)", () => {
  expect(podTemplate(pod).spec.enableServiceLinks).toBe(false);
});

test("the pod meets the restricted Pod Security level", () => {
  const { securityContext, automountServiceAccountToken } = podTemplate(pod).spec;
  expect(securityContext).toEqual({
    runAsNonRoot: true,
    runAsUser: 1000,
    runAsGroup: 1000,
    fsGroup: 1000,
    seccompProfile: { type: "RuntimeDefault" },
  });
  expect(containerOf(pod)?.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
  });
  expect(automountServiceAccountToken).toBe(false);
});

test.each([
  { case: "anywhere", topology: undefined, want: {} },
  {
    case: "required in one rack",
    topology: { mode: "required", level: "topology.plinth.dev/rack" },
    want: { "kueue.x-k8s.io/podset-required-topology": "topology.plinth.dev/rack" },
  },
  {
    case: "preferred in one block",
    topology: { mode: "preferred", level: "topology.plinth.dev/block" },
    want: { "kueue.x-k8s.io/podset-preferred-topology": "topology.plinth.dev/block" },
  },
] as const)("topology: $case", ({ topology, want }) => {
  const { labels, annotations } = podTemplate({ ...pod, topology }).metadata;
  expect(annotations).toEqual({ ...want, "plinth.dev/finish-after": "5s" });
  expect(labels).toEqual(pod.labels);
});

test("the image's own command runs unless another is given", () => {
  expect("command" in (containerOf(pod) ?? {})).toBe(false);
  expect(containerOf({ ...pod, command: ["train", "--all"] })?.command).toEqual(["train", "--all"]);
});

test("accelerators by a claim: of its own template, for its one container", () => {
  const { spec } = podTemplate({ ...pod, requests: { cpu: "1", memory: "1Gi" }, claimTemplate: "sweep" });
  expect(spec.resourceClaims).toEqual([{ name: "accelerators", resourceClaimTemplateName: "sweep" }]);
  const size = { cpu: "1", memory: "1Gi" };
  const claims = [{ name: "accelerators" }];
  expect(spec.containers[0]?.resources).toEqual({ requests: size, limits: size, claims });
  expect("resourceClaims" in podTemplate(pod).spec).toBe(false);
});

test("a pod that saves has time to, an address and keys; its own variables win", () => {
  const environment = [
    { name: "A", value: "from the store" },
    { name: "B", value: "c" },
  ];
  const { spec } = podTemplate({ ...pod, checkpoints: { graceSeconds: 60, environment } });
  expect(spec.terminationGracePeriodSeconds).toBe(60);
  expect(spec.containers[0]?.env).toEqual([
    { name: "A", value: "b" },
    { name: "B", value: "c" },
  ]);
  expect("terminationGracePeriodSeconds" in podTemplate(pod).spec).toBe(false);
});
