import { expect, test } from "vitest";
import { failDisrupted, restartDisrupted } from "../../../components/training/disruptions.ts";
import { hasLauncher, trainingRuntimeSpec } from "../../../components/training/training-runtime-spec.ts";

const template = {
  pod: {
    labels: { "plinth.dev/team": "research" },
    annotations: {},
    serviceAccount: "workload",
    priority: "normal",
    image: "trainer@sha256:1",
    environment: [],
    requests: { "nvidia.com/gpu": "8" },
    sharedMemory: "510Gi",
  },
  acceleratorsPerNode: 8,
  restarts: 2,
};

test.each(["torch", "jax"] as const)("%s: one set of nodes, which are the training itself", (framework) => {
  const { mlPolicy, template: jobs } = trainingRuntimeSpec({ ...template, framework });
  expect(mlPolicy).toEqual({ numNodes: 1, [framework]: {} });
  expect(jobs.spec.replicatedJobs.map(({ name }) => name)).toEqual(["node"]);
  expect(jobs.spec.replicatedJobs[0]?.template).toMatchObject({
    metadata: { labels: { "trainer.kubeflow.org/trainjob-ancestor-step": "trainer" } },
  });
});

test.each(["mpi", "deepspeed"] as const)(
  "%s: the launcher is one of the nodes and starts once the others are ready (F44)",
  (framework) => {
    const { mlPolicy, template: jobs } = trainingRuntimeSpec({ ...template, framework });
    expect(hasLauncher(framework)).toBe(true);
    expect(mlPolicy).toMatchObject({ mpi: { numProcPerNode: 8, runLauncherAsNode: true } });
    expect(jobs.spec).toMatchObject({
      successPolicy: { operator: "All", targetReplicatedJobs: ["launcher"] },
      replicatedJobs: [
        { name: "node" },
        { name: "launcher", dependsOn: [{ name: "node", status: "Ready" }] },
      ],
    });
    const commands = jobs.spec.replicatedJobs.map(
      (job) => job.template.spec.template.spec.containers[0]?.command?.[0],
    );
    expect(commands).toEqual(["/usr/sbin/sshd", undefined]);
  },
);

test.each(["torch", "jax", "mpi", "deepspeed"] as const)(
  "%s: a failed pod starts the whole gang again; pods have their devices and shared memory (F14, F79)",
  (framework) => {
    const { spec } = trainingRuntimeSpec({ ...template, framework }).template;
    expect(spec.failurePolicy).toEqual({
      maxRestarts: 2,
      restartStrategy: "BlockingRecreate",
      rules: restartDisrupted,
    });
    for (const { template: job } of spec.replicatedJobs) {
      expect([job.spec.backoffLimit, job.spec.podFailurePolicy]).toEqual([0, failDisrupted]);
      expect(job.spec.template.spec.containers[0]).toMatchObject({
        name: "node",
        resources: { requests: { "nvidia.com/gpu": "8" }, limits: { "nvidia.com/gpu": "8" } },
        volumeMounts: [{ name: "shared-memory", mountPath: "/dev/shm" }],
      });
    }
  },
);
