/** The spec of an MPIJob (kubeflow.org/v2beta1, 0.8): one node launches the ranks of all over SSH. */
import { kueueLabels } from "../catalogue/labels.ts";
import { mpiImage } from "./mpi-image.ts";
import { podTemplate, type TrainingPod } from "./training-pod.ts";

export interface MpiRun {
  readonly name: string;
  /** Pods, the launcher among them. */
  readonly nodes: number;
  readonly acceleratorsPerNode: number;
  readonly retries: number;
  readonly timeoutSeconds: number;
  /** The launcher's command is the pod's own. */
  readonly pod: Omit<TrainingPod, "container">;
}

export function mpiJobSpec(run: MpiRun) {
  const { pod, nodes } = run;
  return {
    slotsPerWorker: run.acceleratorsPerNode,
    // One of the nodes, so the gang has no extra pod, and pods of one size share a domain (F44).
    runLauncherAsWorker: true,
    launcherCreationPolicy: "WaitForWorkersReady",
    mpiImplementation: "OpenMPI",
    sshAuthMountPath: mpiImage.keys,
    runPolicy: {
      cleanPodPolicy: "Running",
      backoffLimit: run.retries,
      activeDeadlineSeconds: run.timeoutSeconds,
    },
    mpiReplicaSpecs: {
      Launcher: replicas(1, "Never", run.name, { ...pod, container: "launcher" }),
      // A server that is gone ends no rank of its own: it comes back where it was.
      Worker: replicas(nodes - 1, "OnFailure", run.name, {
        ...pod,
        container: "worker",
        command: mpiImage.server,
      }),
    },
  };
}

/** The operator reads how pods restart beside the template, and warns of a template that says it as well. */
function replicas(count: number, restartPolicy: "Never" | "OnFailure", group: string, pod: TrainingPod) {
  const annotations = pod.topology ? { [kueueLabels.podSetGroupName]: group, ...pod.annotations } : {};
  const { metadata, spec } = podTemplate({ ...pod, ...(pod.topology ? { annotations } : {}) });
  const { restartPolicy: _, ...rest } = spec;
  return { replicas: count, restartPolicy, template: { metadata, spec: rest } };
}
