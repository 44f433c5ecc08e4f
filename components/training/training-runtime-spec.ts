/** The spec of a TrainingRuntime (trainer.kubeflow.org/v1alpha1, 2.3): how one framework starts its pods. */
import { failDisrupted, restartDisrupted } from "./disruptions.ts";
import { mpiImage } from "./mpi-image.ts";
import { podTemplate, type TrainingPod } from "./training-pod.ts";

/** What Trainer sets up for each: torchrun's variables, an SSH ring with a host file, a JAX coordinator. */
export const frameworks = ["torch", "jax", "deepspeed", "mpi"] as const;
export type Framework = (typeof frameworks)[number];

export interface RuntimeTemplate {
  readonly framework: Framework;
  readonly pod: Omit<TrainingPod, "container">;
  readonly acceleratorsPerNode: number;
  readonly restarts: number;
}

/** Frameworks that one pod starts in the others, over SSH. */
const launched: readonly Framework[] = ["deepspeed", "mpi"];

/** Whether a launcher starts the others; it is one of the nodes, so the gang has no extra pod (F44). */
export function hasLauncher(framework: Framework): boolean {
  return launched.includes(framework);
}

/** The label by which Trainer knows which pods are the training itself. */
const trainerStep = { "trainer.kubeflow.org/trainjob-ancestor-step": "trainer" };

export function trainingRuntimeSpec(template: RuntimeTemplate) {
  const { framework, acceleratorsPerNode, restarts } = template;
  const policy = hasLauncher(framework)
    ? {
        mpi: {
          numProcPerNode: acceleratorsPerNode,
          mpiImplementation: "OpenMPI",
          sshAuthMountPath: mpiImage.keys,
          runLauncherAsNode: true,
        },
      }
    : { [framework]: {} };
  return {
    mlPolicy: { numNodes: 1, ...policy },
    template: {
      spec: {
        network: { publishNotReadyAddresses: true },
        failurePolicy: {
          maxRestarts: restarts,
          restartStrategy: "BlockingRecreate",
          rules: restartDisrupted,
        },
        ...(hasLauncher(framework) ? launchedJobs(template.pod) : { replicatedJobs: [nodes(template.pod)] }),
      },
    },
  };
}

function nodes(pod: RuntimeTemplate["pod"]) {
  return { name: "node", template: { metadata: { labels: trainerStep }, spec: jobSpec(pod) } };
}

function launchedJobs(pod: RuntimeTemplate["pod"]) {
  return {
    successPolicy: { operator: "All", targetReplicatedJobs: ["launcher"] },
    replicatedJobs: [
      { name: "node", template: { spec: jobSpec({ ...pod, command: mpiImage.server }) } },
      {
        name: "launcher",
        dependsOn: [{ name: "node", status: "Ready" }],
        template: { metadata: { labels: trainerStep }, spec: jobSpec(pod) },
      },
    ],
  };
}

/** A pod that fails ends its Job, and with it everything: gangs restart whole. */
function jobSpec(pod: RuntimeTemplate["pod"]) {
  return {
    backoffLimit: 0,
    podFailurePolicy: failDisrupted,
    template: podTemplate({ ...pod, container: "node" }),
  };
}
