/** The spec of a JobSet (jobset.x-k8s.io/v1alpha2, 0.12): one Job per role, restarted together. */
import type { PoolSlices } from "../planning/slices.ts";
import { failDisrupted, restartDisrupted } from "./disruptions.ts";
import { sliceEnvironment } from "./slice-environment.ts";
import type { EnvironmentVariable, TrainingPod } from "./training-pod.ts";
import { podTemplate } from "./training-pod.ts";

export interface JobSetRole extends Omit<TrainingPod, "environment" | "subdomain" | "container"> {
  readonly name: string;
  readonly nodes: number;
  readonly acceleratorsPerNode: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Slices of its pool, of which it has one. */
  readonly slices?: PoolSlices;
  /** The role whose pods must be ready before these start. */
  readonly after?: string;
}

export interface JobSetRun {
  readonly name: string;
  readonly roles: readonly JobSetRole[];
  /** Roles that must succeed for the whole to have succeeded. */
  readonly successRoles: readonly string[];
  readonly restarts: number;
}

const rendezvousPort = 29500;
const indexAnnotation = "metadata.annotations['batch.kubernetes.io/job-completion-index']";

/** The spec. A pod that fails ends its Job, and with it everything: gangs restart whole. */
export function jobSetSpec(run: JobSetRun) {
  return {
    network: { enableDNSHostnames: true, publishNotReadyAddresses: true },
    successPolicy: { operator: "All", targetReplicatedJobs: [...run.successRoles] },
    // Pods that are still going hold accelerators that the queue counts once only.
    failurePolicy: {
      maxRestarts: run.restarts,
      restartStrategy: "BlockingRecreate",
      rules: restartDisrupted,
    },
    replicatedJobs: run.roles.map((role) => ({
      name: role.name,
      replicas: 1,
      ...(role.after ? { dependsOn: [{ name: role.after, status: "Ready" }] } : {}),
      template: {
        spec: {
          completionMode: "Indexed",
          parallelism: role.nodes,
          completions: role.nodes,
          backoffLimit: 0,
          podFailurePolicy: failDisrupted,
          template: podTemplate({
            ...role,
            container: role.name,
            environment: roleEnvironment(run.name, role),
          }),
        },
      },
    })),
  };
}

/** Name of a pod of a role, as JobSet's headless Service resolves it. */
export function podAddress(run: string, role: string, index: number): string {
  return `${run}-${role}-0-${index}.${run}`;
}

/** Names of all pods of a role. */
export function podAddresses(run: string, role: Pick<JobSetRole, "name" | "nodes">): string[] {
  return Array.from({ length: role.nodes }, (_, index) => podAddress(run, role.name, index));
}

/** What PyTorch and torchrun read, within one role; the caller's own variables win. */
function roleEnvironment(run: string, role: JobSetRole): EnvironmentVariable[] {
  const address = podAddress(run, role.name, 0);
  const own: Record<string, string> = {
    MASTER_ADDR: address,
    MASTER_PORT: String(rendezvousPort),
    PET_MASTER_ADDR: address,
    PET_MASTER_PORT: String(rendezvousPort),
    PET_NNODES: String(role.nodes),
    PET_NPROC_PER_NODE: String(role.acceleratorsPerNode),
    ...role.environment,
  };
  return [
    ...Object.entries(own).map(([name, value]) => ({ name, value })),
    { name: "PET_NODE_RANK", valueFrom: { fieldRef: { fieldPath: indexAnnotation } } },
    ...sliceEnvironment(role.slices, podAddresses(run, role)),
  ];
}
