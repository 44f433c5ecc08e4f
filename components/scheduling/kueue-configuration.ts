/** The configuration file of Kueue 0.19 (config.kueue.x-k8s.io/v1beta2). */
import { trainingControllers } from "../catalogue/controllers.ts";
import { platformLabels } from "../catalogue/labels.ts";
import { type AdmissionFairSharing, kueueDefaults, type PodsReady } from "./kueue-config.ts";

export interface KueueSettings {
  readonly fairSharing: boolean;
  readonly podsReady?: PodsReady | undefined;
  readonly admissionFairSharing?: AdmissionFairSharing | undefined;
}

/**
 * Kinds that Kueue queues, those of every controller that a stack may name: Kueue takes kinds up when their
 * definitions appear, and need not start again for it.
 */
const frameworks = [
  "batch/job",
  ...Object.values(trainingControllers).flatMap(({ integrations }) => integrations),
  "pod",
  "deployment",
  "statefulset",
];

/** The whole file as an object; JSON of it is valid YAML. `resourceNames` are those of all accelerators. */
export function kueueConfiguration(settings: KueueSettings, resourceNames: readonly string[] = []) {
  const { fairSharing, podsReady = kueueDefaults.podsReady, admissionFairSharing } = settings;
  return {
    apiVersion: "config.kueue.x-k8s.io/v1beta2",
    kind: "Configuration",
    health: { healthProbeBindAddress: ":8081" },
    metrics: { bindAddress: ":8443", enableClusterQueueResources: true },
    webhook: { port: 9443 },
    leaderElection: { leaderElect: true, resourceName: "c1f6bfd2.kueue.x-k8s.io" },
    clientConnection: { qps: 300, burst: 500 },
    integrations: { frameworks },
    // Nothing in a team's namespace escapes its queue, and a stopped Kueue blocks no pod anywhere else (F52).
    manageJobsWithoutQueueName: true,
    managedJobsNamespaceSelector: {
      matchExpressions: [{ key: platformLabels.team, operator: "Exists" }],
    },
    // A gang that was admitted but does not get all its pods gives its quota back.
    waitForPodsReady: {
      timeout: `${podsReady.timeoutSeconds}s`,
      recoveryTimeout: `${podsReady.recoverySeconds}s`,
      blockAdmission: podsReady.blockAdmission,
      requeuingStrategy: {
        timestamp: podsReady.requeueBy === "eviction" ? "Eviction" : "Creation",
        backoffLimitCount: podsReady.retries,
        backoffBaseSeconds: podsReady.backoffBaseSeconds,
        backoffMaxSeconds: podsReady.backoffMaxSeconds,
      },
    },
    ...(fairSharing
      ? { fairSharing: { preemptionStrategies: ["LessThanOrEqualToFinalShare", "LessThanInitialShare"] } }
      : {}),
    ...(admissionFairSharing
      ? { admissionFairSharing: usageOrder(admissionFairSharing, resourceNames) }
      : {}),
  };
}

/** Resources that are not named would count in full: a byte of memory as much as an accelerator. */
function usageOrder(settings: AdmissionFairSharing, resourceNames: readonly string[]) {
  const { usageHalfLifeSeconds, usageSamplingSeconds, acceleratorWeight, cpuWeight } = settings;
  const accelerators = resourceNames.map((name) => [name, acceleratorWeight]);
  return {
    usageHalfLifeTime: `${usageHalfLifeSeconds}s`,
    usageSamplingInterval: `${usageSamplingSeconds}s`,
    resourceWeights: { cpu: cpuWeight, memory: 0, ...Object.fromEntries(accelerators) },
  };
}
