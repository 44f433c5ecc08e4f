import { expect, test } from "vitest";
import { failDisrupted, restartDisrupted } from "../../../components/training/disruptions.ts";
import { jobSetSpec, podAddress } from "../../../components/training/job-set-spec.ts";

const role = {
  name: "trainer",
  nodes: 2,
  acceleratorsPerNode: 8,
  labels: { "plinth.dev/team": "research" },
  annotations: {},
  serviceAccount: "workload",
  priority: "normal",
  image: "trainer@sha256:1",
  environment: { NCCL_DEBUG: "INFO", PET_MASTER_PORT: "1234" },
  requests: { cpu: "184" },
  sharedMemory: "510Gi",
};
const evaluator = { ...role, name: "evaluator", nodes: 1, acceleratorsPerNode: 1, after: "trainer" };

const spec = jobSetSpec({
  name: "pretrain",
  roles: [role, evaluator],
  successRoles: ["trainer"],
  restarts: 3,
});

test("one Job per role; a failed pod starts the whole gang again, after the old one is gone", () => {
  expect(spec.failurePolicy).toEqual({
    maxRestarts: 3,
    restartStrategy: "BlockingRecreate",
    rules: restartDisrupted,
  });
  expect(spec.replicatedJobs.map(({ name, replicas }) => [name, replicas])).toEqual([
    ["trainer", 1],
    ["evaluator", 1],
  ]);
  expect(spec.replicatedJobs.map(({ template }) => template.spec.backoffLimit)).toEqual([0, 0]);
  expect(spec.replicatedJobs.map(({ template }) => template.spec.podFailurePolicy)).toEqual([
    failDisrupted,
    failDisrupted,
  ]);
  expect(spec.replicatedJobs.map(({ template }) => template.spec.parallelism)).toEqual([2, 1]);
});

test("a role starts after the pods of another are ready, never after they have ended (F44)", () => {
  expect(spec.replicatedJobs.map((job) => "dependsOn" in job && job.dependsOn)).toEqual([
    false,
    [{ name: "trainer", status: "Ready" }],
  ]);
  expect(spec.successPolicy).toEqual({ operator: "All", targetReplicatedJobs: ["trainer"] });
});

test("`suspend` is the queue's to write (F128)", () => {
  expect("suspend" in spec).toBe(false);
});

test("the ranks of a role find each other, and the caller's own variables win", () => {
  const [container] = spec.replicatedJobs[0]?.template.spec.template.spec.containers ?? [];
  expect(container?.name).toBe("trainer");
  const indexPath = "metadata.annotations['batch.kubernetes.io/job-completion-index']";
  expect(container?.env).toEqual([
    { name: "MASTER_ADDR", value: "pretrain-trainer-0-0.pretrain" },
    { name: "MASTER_PORT", value: "29500" },
    { name: "PET_MASTER_ADDR", value: "pretrain-trainer-0-0.pretrain" },
    { name: "PET_MASTER_PORT", value: "1234" },
    { name: "PET_NNODES", value: "2" },
    { name: "PET_NPROC_PER_NODE", value: "8" },
    { name: "NCCL_DEBUG", value: "INFO" },
    { name: "PET_NODE_RANK", valueFrom: { fieldRef: { fieldPath: indexPath } } },
  ]);
  expect(podAddress("pretrain", "trainer", 1)).toBe("pretrain-trainer-0-1.pretrain");
});

test("names are resolved before pods are ready", () => {
  expect(spec.network).toEqual({ enableDNSHostnames: true, publishNotReadyAddresses: true });
});
