import { expect, test } from "vitest";
import { type GangJob, jobManifest, rendezvousManifest } from "../../../components/training/gang-job.ts";

const labels = { "plinth.dev/team": "research", "plinth.dev/cost-center": "cc-1" };
const job: GangJob = {
  name: "pretrain",
  namespace: "research",
  labels,
  queue: "h100",
  priority: "normal",
  serviceAccount: "workload",
  image: "trainer@sha256:1",
  nodes: 2,
  acceleratorsPerNode: 8,
  requests: { cpu: "184", memory: "2040Gi", "nvidia.com/gpu": "8" },
  sharedMemory: "510Gi",
  retries: 3,
  timeoutSeconds: 3600,
  podAnnotations: {},
};

test("the Job, whole: all its pods are workers, and no update waits for it (F44, F126)", () => {
  const { spec, ...rest } = jobManifest(job);
  const { template, ...shape } = spec;
  expect(rest.metadata).toEqual({
    name: "pretrain",
    namespace: "research",
    labels: {
      ...labels,
      "kueue.x-k8s.io/queue-name": "h100",
      "kueue.x-k8s.io/priority-class": "normal",
    },
    annotations: { "pulumi.com/waitFor": "jsonpath={.metadata.uid}" },
  });
  expect(shape).toEqual({
    completionMode: "Indexed",
    parallelism: 2,
    completions: 2,
    backoffLimit: 3,
    activeDeadlineSeconds: 3600,
  });
  expect(template.metadata).toEqual({ labels, annotations: {} });
});

test("what Kueue owns is not stated, or the next apply would be refused (F128)", () => {
  const { spec } = jobManifest(job);
  expect("suspend" in spec).toBe(false);
  expect("tolerations" in spec.template.spec).toBe(false);
  expect("nodeSelector" in spec.template.spec).toBe(false);
});

test("requests and limits are one value (F14)", () => {
  const [container] = jobManifest(job).spec.template.spec.containers;
  expect(container?.resources).toEqual({ requests: job.requests, limits: job.requests });
});

test("shared memory is a memory volume with a size (F79)", () => {
  const { containers, volumes } = jobManifest(job).spec.template.spec;
  expect(volumes).toEqual([{ name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: "510Gi" } }]);
  expect(containers[0]?.volumeMounts).toEqual([{ name: "shared-memory", mountPath: "/dev/shm" }]);
});

test("variables made from Service names are off (F11)", () => {
  expect(jobManifest(job).spec.template.spec.enableServiceLinks).toBe(false);
});

test("the pod meets the restricted Pod Security level", () => {
  const { securityContext, containers, automountServiceAccountToken } = jobManifest(job).spec.template.spec;
  expect(securityContext).toEqual({
    runAsNonRoot: true,
    runAsUser: 1000,
    runAsGroup: 1000,
    fsGroup: 1000,
    seccompProfile: { type: "RuntimeDefault" },
  });
  expect(containers[0]?.securityContext).toEqual({
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
  const { annotations } = jobManifest({ ...job, topology }).spec.template.metadata;
  expect(annotations).toEqual(want);
});

test("ranks find each other by name before they are ready", () => {
  expect(rendezvousManifest(job)).toEqual({
    metadata: { name: "pretrain", namespace: "research", labels },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { "batch.kubernetes.io/job-name": "pretrain" },
      ports: [{ name: "rendezvous", port: 29500 }],
    },
  });
  const { subdomain, containers } = jobManifest(job).spec.template.spec;
  expect(subdomain).toBe("pretrain");
  const indexPath = "metadata.annotations['batch.kubernetes.io/job-completion-index']";
  expect(containers[0]?.env).toEqual([
    { name: "MASTER_ADDR", value: "pretrain-0.pretrain" },
    { name: "MASTER_PORT", value: "29500" },
    { name: "PET_MASTER_ADDR", value: "pretrain-0.pretrain" },
    { name: "PET_MASTER_PORT", value: "29500" },
    { name: "PET_NNODES", value: "2" },
    { name: "PET_NPROC_PER_NODE", value: "8" },
    { name: "PET_NODE_RANK", valueFrom: { fieldRef: { fieldPath: indexPath } } },
  ]);
});

test("the image's own command runs unless another is given", () => {
  const containersOf = (given: GangJob) => jobManifest(given).spec.template.spec.containers;
  expect("command" in (containersOf(job)[0] ?? {})).toBe(false);
  expect(containersOf({ ...job, command: ["train", "--all"] })[0]?.command).toEqual(["train", "--all"]);
});
