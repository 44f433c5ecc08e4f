/** The pod of a training run, the same for every kind that makes such pods. */
import { kueueLabels } from "../catalogue/labels.ts";
import { podClaimName } from "./claim-template.ts";

export interface TrainingPod {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Without it, whoever makes the pod names an account, whose token it then gets. */
  readonly serviceAccount?: string;
  readonly priority: string;
  /** Name of the container. */
  readonly container: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment: readonly EnvironmentVariable[];
  /** Requests of the pod; limits are the same. */
  readonly requests: Readonly<Record<string, string>>;
  /** Name of the ResourceClaimTemplate of its accelerators, where it has these by a claim. */
  readonly claimTemplate?: string;
  /** RuntimeClass by which it gets its accelerators. Default: the runtime that nodes use by default. */
  readonly runtimeClass?: string;
  /** Scheduler that places it. Default: the cluster's own. */
  readonly schedulerName?: string;
  /** Size of /dev/shm; without it, the pod has no accelerator and needs none. */
  readonly sharedMemory?: string;
  /** Network domain that all pods of this template share. */
  readonly topology?: PodTopology;
  /** Default: Never; kinds that are made of StatefulSets allow Always only. */
  readonly restartPolicy?: "Never" | "Always";
  /** Name of the headless Service that gives each pod a name. */
  readonly subdomain?: string;
  /** Where it saves what it must not lose. Default: nowhere. */
  readonly checkpoints?: PodCheckpoints | undefined;
}

export interface PodCheckpoints {
  /** Seconds from the signal to end until the pod is killed. */
  readonly graceSeconds: number;
  /** Address, client and keys; the pod's own variables win. */
  readonly environment: readonly EnvironmentVariable[];
}

export interface PodTopology {
  readonly mode: "required" | "preferred";
  /** A node label of the cluster's topology. */
  readonly level: string;
}

export type EnvironmentVariable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly valueFrom: { readonly fieldRef: { readonly fieldPath: string } } }
  | {
      readonly name: string;
      readonly valueFrom: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
    };

/**
 * The template. It states neither tolerations nor a node selector: Kueue owns them, and an apply that names
 * them is refused once the pods are admitted.
 */
export function podTemplate(pod: TrainingPod) {
  return {
    metadata: {
      labels: { ...pod.labels },
      annotations: { ...topologyAnnotation(pod.topology), ...pod.annotations },
    },
    spec: podSpec(pod),
  };
}

function podSpec(pod: TrainingPod) {
  return {
    restartPolicy: pod.restartPolicy ?? "Never",
    ...(pod.subdomain ? { subdomain: pod.subdomain } : {}),
    ...(pod.runtimeClass ? { runtimeClassName: pod.runtimeClass } : {}),
    ...(pod.schedulerName ? { schedulerName: pod.schedulerName } : {}),
    ...(pod.serviceAccount ? { serviceAccountName: pod.serviceAccount } : {}),
    automountServiceAccountToken: pod.serviceAccount === undefined,
    // Variables that Kubernetes makes from Service names collide with those that engines read (F11).
    enableServiceLinks: false,
    priorityClassName: pod.priority,
    ...(pod.checkpoints ? { terminationGracePeriodSeconds: pod.checkpoints.graceSeconds } : {}),
    securityContext: podSecurity,
    containers: [
      {
        name: pod.container,
        image: pod.image,
        ...(pod.command ? { command: [...pod.command] } : {}),
        env: variables(pod),
        // Both from one value: a request without an equal limit gives the pod no device (F14).
        resources: {
          requests: { ...pod.requests },
          limits: { ...pod.requests },
          ...(pod.claimTemplate ? { claims: [{ name: podClaimName }] } : {}),
        },
        securityContext: containerSecurity,
        ...(pod.sharedMemory ? { volumeMounts: [{ name: sharedMemory, mountPath: "/dev/shm" }] } : {}),
      },
    ],
    ...(pod.claimTemplate
      ? { resourceClaims: [{ name: podClaimName, resourceClaimTemplateName: pod.claimTemplate }] }
      : {}),
    // Containers get 64 MiB of shared memory by default, too little for NCCL between the GPUs of a pod (F79).
    ...(pod.sharedMemory
      ? { volumes: [{ name: sharedMemory, emptyDir: { medium: "Memory", sizeLimit: pod.sharedMemory } }] }
      : {}),
  };
}

/** Each once: a list that names one twice is refused. */
function variables({ environment, checkpoints }: TrainingPod): EnvironmentVariable[] {
  const own = environment.map(({ name }) => name);
  const added = (checkpoints?.environment ?? []).filter(({ name }) => !own.includes(name));
  return [...environment, ...added];
}

const sharedMemory = "shared-memory";

const podSecurity = {
  runAsNonRoot: true,
  runAsUser: 1000,
  runAsGroup: 1000,
  fsGroup: 1000,
  seccompProfile: { type: "RuntimeDefault" },
};

const containerSecurity = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

const topologyAnnotations = {
  required: kueueLabels.podSetRequiredTopology,
  preferred: kueueLabels.podSetPreferredTopology,
};

function topologyAnnotation(topology: PodTopology | undefined): Record<string, string> {
  return topology ? { [topologyAnnotations[topology.mode]]: topology.level } : {};
}
