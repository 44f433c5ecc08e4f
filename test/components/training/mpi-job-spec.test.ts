import { expect, test } from "vitest";
import { mpiImage } from "../../../components/training/mpi-image.ts";
import { mpiJobSpec } from "../../../components/training/mpi-job-spec.ts";

const pod = {
  labels: { team: "research" },
  annotations: { own: "yes" },
  serviceAccount: "member",
  priority: "normal",
  image: "train",
  command: ["mpirun", "train"],
  environment: [],
  requests: { "nvidia.com/gpu": "8" },
  sharedMemory: "1Gi",
};
const run = { name: "job", nodes: 4, acceleratorsPerNode: 8, retries: 2, timeoutSeconds: 60, pod };

test("the launcher is one of the nodes, waits for the rest and starts a rank per accelerator (F44)", () => {
  const { mpiReplicaSpecs, ...spec } = mpiJobSpec(run);
  expect(spec).toEqual({
    slotsPerWorker: 8,
    runLauncherAsWorker: true,
    launcherCreationPolicy: "WaitForWorkersReady",
    mpiImplementation: "OpenMPI",
    sshAuthMountPath: mpiImage.keys,
    runPolicy: { cleanPodPolicy: "Running", backoffLimit: 2, activeDeadlineSeconds: 60 },
  });
  expect(mpiReplicaSpecs).toMatchObject({
    Launcher: {
      replicas: 1,
      restartPolicy: "Never",
      template: { spec: { containers: [{ name: "launcher", command: ["mpirun", "train"] }] } },
    },
    Worker: {
      replicas: 3,
      restartPolicy: "OnFailure",
      template: {
        spec: {
          containers: [{ name: "worker", command: [...mpiImage.server] }],
        },
      },
    },
  });
});

test("what the queue and the operator write is not stated (F128)", () => {
  const { runPolicy, mpiReplicaSpecs } = mpiJobSpec(run);
  expect(runPolicy).not.toHaveProperty("suspend");
  for (const { template } of Object.values(mpiReplicaSpecs)) {
    expect(Object.keys(template.spec)).not.toContain("restartPolicy");
    expect(Object.keys(template.spec)).not.toContain("nodeSelector");
    expect(Object.keys(template.spec)).not.toContain("tolerations");
  }
});

test("no container runs as root or gains rights; equal requests and limits", () => {
  for (const { template } of Object.values(mpiJobSpec(run).mpiReplicaSpecs)) {
    expect(template.spec).toMatchObject({
      securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 },
      containers: [
        {
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          resources: { requests: pod.requests, limits: pod.requests },
        },
      ],
    });
  }
});

test("launcher and workers share one domain", () => {
  const topology = { mode: "required", level: "rack" } as const;
  const { mpiReplicaSpecs } = mpiJobSpec({ ...run, pod: { ...pod, topology } });
  expect(Object.values(mpiReplicaSpecs).map(({ template }) => template.metadata.annotations)).toEqual(
    Array(2).fill({
      own: "yes",
      "kueue.x-k8s.io/podset-group-name": "job",
      "kueue.x-k8s.io/podset-required-topology": "rack",
    }),
  );
});
