/** The configuration file of Kueue 0.19 (config.kueue.x-k8s.io/v1beta2). */
import { type ControllerName, controllerNames, trainingControllers } from "../catalogue/controllers.ts";
import { platformLabels } from "../catalogue/labels.ts";
import {
  type AdmissionFairSharing,
  type ClientConnection,
  kueueDefaults,
  type MultiKueue,
  type PodsReady,
} from "./kueue-config.ts";

export interface KueueSettings {
  readonly fairSharing: boolean;
  /** Default: all. */
  readonly controllers?: readonly ControllerName[] | undefined;
  readonly podsReady?: PodsReady | undefined;
  readonly clientConnection?: ClientConnection | undefined;
  readonly admissionFairSharing?: AdmissionFairSharing | undefined;
  readonly multiKueue?: Pick<MultiKueue, "workerLostSeconds"> | undefined;
}

/**
 * Kinds that Kueue queues. It looks for the definitions of kinds that it does not find at its start ever more
 * seldom, at last every two minutes, and refuses a TrainJob meanwhile: another list makes it start again.
 */
function frameworks(controllers: readonly ControllerName[]): string[] {
  const integrations = controllerNames
    .filter((name) => controllers.includes(name))
    .flatMap((name) => [...trainingControllers[name].integrations]);
  return ["batch/job", ...integrations, "pod", "deployment", "statefulset"];
}

/** What the pools of a cluster add to it. */
export interface KueuePools {
  /** Names of the resources that queues count devices as. */
  readonly resourceNames: readonly string[];
  /** Names of the resources of networks, which go with devices. Default: none. */
  readonly networkNames?: readonly string[];
  /** What claims of each class are counted as. */
  readonly mappings: readonly object[];
}

/** The whole file as an object; JSON of it is valid YAML. */
export function kueueConfiguration(
  settings: KueueSettings,
  { resourceNames, networkNames = [], mappings }: KueuePools = { resourceNames: [], mappings: [] },
) {
  const { fairSharing, controllers = controllerNames, podsReady = kueueDefaults.podsReady } = settings;
  const { admissionFairSharing, multiKueue, clientConnection = kueueDefaults.clientConnection } = settings;
  return {
    apiVersion: "config.kueue.x-k8s.io/v1beta2",
    kind: "Configuration",
    health: { healthProbeBindAddress: ":8081" },
    metrics: { bindAddress: ":8443", enableClusterQueueResources: true },
    webhook: { port: 9443 },
    leaderElection: { leaderElect: true, resourceName: "c1f6bfd2.kueue.x-k8s.io" },
    clientConnection,
    integrations: { frameworks: frameworks(controllers) },
    ...(mappings.length > 0 ? { resources: { deviceClassMappings: mappings } } : {}),
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
    ...(multiKueue ? { multiKueue: { workerLostTimeout: `${multiKueue.workerLostSeconds}s` } } : {}),
    ...(admissionFairSharing
      ? { admissionFairSharing: usageOrder(admissionFairSharing, resourceNames, networkNames) }
      : {}),
  };
}

/** Resources that are not named would count in full: a byte of memory as much as an accelerator. */
function usageOrder(
  settings: AdmissionFairSharing,
  resourceNames: readonly string[],
  networkNames: readonly string[],
) {
  const { usageHalfLifeSeconds, usageSamplingSeconds, acceleratorWeight, cpuWeight } = settings;
  const accelerators = resourceNames.map((name) => [name, acceleratorWeight]);
  const networks = networkNames.map((name) => [name, 0]);
  return {
    usageHalfLifeTime: `${usageHalfLifeSeconds}s`,
    usageSamplingInterval: `${usageSamplingSeconds}s`,
    resourceWeights: { cpu: cpuWeight, memory: 0, ...Object.fromEntries([...accelerators, ...networks]) },
  };
}
