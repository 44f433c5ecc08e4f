import { expect, test } from "vitest";
import { replaceDisrupted } from "../../../components/training/disruptions.ts";
import {
  type GangJob,
  jobManifest,
  jobSizeManifest,
  rendezvousManifest,
} from "../../../components/training/gang-job.ts";

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
  networkEnvironment: { NCCL_SOCKET_IFNAME: "eth0" },
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
    podFailurePolicy: replaceDisrupted,
    activeDeadlineSeconds: 3600,
  });
  expect(template.metadata).toEqual({ labels, annotations: {} });
});

test("a pod alone finds itself without a Service", () => {
  const env = jobManifest({ ...job, nodes: 1 }).spec.template.spec.containers[0]?.env ?? [];
  const values = Object.fromEntries(
    env.map((variable) => [variable.name, "value" in variable && variable.value]),
  );
  expect(values).toMatchObject({ MASTER_ADDR: "localhost", PET_MASTER_ADDR: "localhost", PET_NNODES: "1" });
  const growing = jobManifest({ ...job, nodes: 1, elastic: true }).spec.template.spec.containers[0]?.env;
  expect(growing).toContainEqual({ name: "PET_RDZV_ENDPOINT", value: "pretrain-0.pretrain:29500" });
});

test("a job that grows says so, and tells no pod how many there are: torchrun itself finds out", () => {
  const { metadata, spec } = jobManifest({ ...job, elastic: true });
  expect(metadata.annotations).toEqual({
    "pulumi.com/waitFor": "jsonpath={.metadata.uid}",
    "kueue.x-k8s.io/elastic-job": "true",
  });
  expect(spec.template.spec.containers[0]?.env).toEqual([
    { name: "NCCL_SOCKET_IFNAME", value: "eth0" },
    { name: "MASTER_ADDR", value: "pretrain-0.pretrain" },
    { name: "MASTER_PORT", value: "29500" },
    { name: "PET_NNODES", value: "1:1000" },
    { name: "PET_RDZV_BACKEND", value: "c10d" },
    { name: "PET_RDZV_ENDPOINT", value: "pretrain-0.pretrain:29500" },
    { name: "PET_RDZV_ID", value: "pretrain" },
    { name: "PET_MAX_RESTARTS", value: "10" },
    { name: "TORCH_DISABLE_SHARE_RDZV_TCP_STORE", value: "1" },
    { name: "PET_NPROC_PER_NODE", value: "8" },
  ]);
});

test("nothing in the pods of a job that grows depends on how many there are", () => {
  const bounds = { minNodes: 2, maxNodes: 8, processRestarts: 0 };
  const template = (nodes: number) => jobManifest({ ...job, ...bounds, elastic: true, nodes }).spec.template;
  expect(template(8)).toEqual(template(2));
  const env = template(2).spec.containers[0]?.env ?? [];
  expect(env.find(({ name }) => name === "PET_NNODES")).toEqual({ name: "PET_NNODES", value: "2:8" });
  expect(env.find(({ name }) => name === "PET_MAX_RESTARTS")).toEqual({
    name: "PET_MAX_RESTARTS",
    value: "0",
  });
});

test("the patch of a size says nothing else, and wins over the size that the Job began with", () => {
  expect(jobSizeManifest({ ...job, nodes: 3 })).toEqual({
    metadata: {
      name: "pretrain",
      namespace: "research",
      annotations: {
        "pulumi.com/waitFor": "jsonpath={.metadata.uid}",
        "pulumi.com/patchForce": "true",
      },
    },
    spec: { parallelism: 3, completions: 3 },
  });
});

test("what Kueue owns is not stated, or the next apply would be refused (F128)", () => {
  const { spec } = jobManifest(job);
  expect("suspend" in spec).toBe(false);
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
    { name: "NCCL_SOCKET_IFNAME", value: "eth0" },
    { name: "MASTER_ADDR", value: "pretrain-0.pretrain" },
    { name: "MASTER_PORT", value: "29500" },
    { name: "PET_MASTER_ADDR", value: "pretrain-0.pretrain" },
    { name: "PET_MASTER_PORT", value: "29500" },
    { name: "PET_NNODES", value: "2" },
    { name: "PET_NPROC_PER_NODE", value: "8" },
    { name: "PET_NODE_RANK", valueFrom: { fieldRef: { fieldPath: indexPath } } },
  ]);
});
