/** The objects of an inference server: its pods, its settings, its keys, its address and who may reach it. */
import { createHash } from "node:crypto";
import { awaitedUntilThere, inferenceLabels, kueueLabels } from "../catalogue/labels.ts";
import type { SystemPlacement } from "../cluster/contract.ts";
import { cpuQuantity } from "../planning/quantity.ts";
import { stepTokens } from "../planning/serving/inference-plan.ts";
import { readyWithinSeconds } from "../planning/serving/start-time.ts";
import type { ApiKey } from "./inference-fields.ts";

export interface ServerPods {
  readonly name: string;
  readonly namespace: string;
  /** Of the team; on the server and its pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly replicas: number;
  readonly servedName: string;
  readonly context: number;
  readonly sequences: number;
  readonly drainSeconds: number;
  /** Of the model: loading and the first forward pass. */
  readonly startSeconds: number;
  readonly keys: readonly ApiKey[];
  /** Requests of a pod; limits are the same, but for the core of headroom where the processor computes. */
  readonly requests: Readonly<Record<string, string>>;
  /** Whether each listens on the address of its pod alone. */
  readonly sharesNetwork: boolean;
  readonly device: ProcessorDevice | AcceleratorDevice;
}

export interface ProcessorDevice {
  readonly kind: "processor";
  readonly threads: number;
  readonly kvCacheMiB: number;
  readonly placement: SystemPlacement;
}

export interface AcceleratorDevice {
  readonly kind: "accelerators";
  readonly tensor: number;
  readonly queue: string;
  readonly priority: string;
  readonly serviceAccount: string;
  readonly runtimeClass?: string;
  /** Size of /dev/shm. */
  readonly sharedMemory: string;
}

/** The port that the runtime listens on unless told otherwise. */
export const serverPort = 8000;

/** For which a pod that is told to end still answers: until whoever knows its address has heard of it. */
const leaveSeconds = 5;
/** After the drain: what is left of an answer is sent, and the engine is closed. */
const closeSeconds = 10;
const startPeriodSeconds = 2;
/** Until a pod has a node, and the node its image, which holds the model. */
const placeSeconds = 600;

/** Of a rollout, which replaces one pod after the other. */
export function rolloutSeconds({ replicas, startSeconds }: Pick<ServerPods, "replicas" | "startSeconds">) {
  return replicas * progressSeconds({ startSeconds });
}

function progressSeconds({ startSeconds }: Pick<ServerPods, "startSeconds">): number {
  return placeSeconds + readyWithinSeconds(startSeconds);
}

/** The runtime's settings file. Its device is asked for by name: what finds no GPU must not run. */
export function settingsOf(server: ServerPods) {
  const { device, servedName, context, sequences, startSeconds, drainSeconds, keys } = server;
  const engine =
    device.kind === "processor"
      ? { device: "cpu", threads: device.threads, kvCacheMiB: device.kvCacheMiB }
      : { device: "cuda", tensorParallel: device.tensor };
  return {
    engine: { ...engine, sequenceTokens: context, stepTokens, sequences, startSeconds },
    server: { models: [servedName], leaveSeconds, drainSeconds },
    // Where nobody needs a key, network policies say who may come.
    isOpen: keys.length === 0,
  };
}

export function settingsText(server: ServerPods): string {
  return JSON.stringify(settingsOf(server), null, 2);
}

/** Hashes of keys; never the keys. */
export function keysText({ keys }: Pick<ServerPods, "keys">): string {
  return JSON.stringify(keys);
}

/** What pods mount is never changed: others have another name, and a pod keeps its own until it goes. */
export function settingsName(server: ServerPods): string {
  return `${server.name}-${digestOf(settingsText(server))}`;
}

export function keysName(server: Pick<ServerPods, "name" | "keys">): string {
  return `${server.name}-keys-${digestOf(keysText(server))}`;
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 10);
}

const selectorOf = ({ name }: Pick<ServerPods, "name">) => ({ [inferenceLabels.server]: name });

/** A pod reads its settings once: others make other pods, of which one comes before another goes. */
export function deploymentManifest(server: ServerPods) {
  const { name, namespace, labels, device, replicas } = server;
  const queued = device.kind === "accelerators";
  return {
    metadata: {
      name,
      namespace,
      labels: {
        ...labels,
        ...selectorOf(server),
        ...(queued && {
          [kueueLabels.queueName]: device.queue,
          [kueueLabels.priorityClass]: device.priority,
        }),
      },
      // Until the first pod is admitted an update must not wait (F126).
      ...(queued && { annotations: awaitedUntilThere }),
    },
    spec: {
      replicas,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      progressDeadlineSeconds: progressSeconds(server),
      selector: { matchLabels: selectorOf(server) },
      template: {
        metadata: {
          labels: { ...labels, ...selectorOf(server) },
        },
        spec: podSpec(server),
      },
    },
  };
}

function podSpec(server: ServerPods) {
  const { drainSeconds } = server;
  return {
    automountServiceAccountToken: false,
    // Variables that Kubernetes makes from Service names collide with those that programs read (F11).
    enableServiceLinks: false,
    terminationGracePeriodSeconds: leaveSeconds + drainSeconds + closeSeconds,
    securityContext: {
      runAsNonRoot: true,
      // The user of the image.
      runAsUser: 65_532,
      runAsGroup: 65_532,
      fsGroup: 65_532,
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...placementOf(server),
    containers: [containerOf(server)],
    volumes: volumesOf(server),
  };
}

/** Kueue owns the placement of what it admits: nodes and tolerations come from the flavor. */
function placementOf(server: ServerPods) {
  const { device } = server;
  if (device.kind === "processor") {
    const { nodeSelector, tolerations } = device.placement;
    return {
      nodeSelector: { ...nodeSelector },
      tolerations: tolerations.map((one) => ({ ...one })),
      // Where there are several nodes, the loss of one does not take all replicas away.
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: selectorOf(server) },
        },
      ],
    };
  }
  const { priority, serviceAccount, runtimeClass } = device;
  return {
    priorityClassName: priority,
    serviceAccountName: serviceAccount,
    ...(runtimeClass === undefined ? {} : { runtimeClassName: runtimeClass }),
  };
}

function containerOf(server: ServerPods) {
  const { image, requests, sharesNetwork, keys } = server;
  const host = sharesNetwork ? "$(POD_IP)" : "0.0.0.0";
  return {
    name: "server",
    image,
    args: [
      ...["--settings", "/etc/plinth/settings.json", "--host", host, "--port", `${serverPort}`],
      ...(keys.length > 0 ? ["--keys", "/etc/plinth-keys/keys.json"] : []),
    ],
    ...(sharesNetwork && {
      env: [{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
    }),
    ports: [{ name: "http", containerPort: serverPort }],
    resources: { requests: { ...requests }, limits: limitsOf(server) },
    ...probesOf(server),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: mountsOf(server),
  };
}

/** While every thread computes, probes and clients are still heard. */
function limitsOf({ requests, device }: ServerPods): Record<string, string> {
  if (device.kind === "accelerators") return { ...requests };
  return { ...requests, cpu: cpuQuantity((device.threads + 1) * 1000) };
}

const asked = (path: string) => ({ httpGet: { path, port: "http" } });

/**
 * It is live while the model is loaded, and ready once it has computed: the start ends with that, since one
 * that never does is to be started again. A lost engine makes it unready until it is back.
 */
function probesOf({ startSeconds }: ServerPods) {
  return {
    startupProbe: {
      ...asked("/health/ready"),
      periodSeconds: startPeriodSeconds,
      timeoutSeconds: 2,
      failureThreshold: Math.ceil(readyWithinSeconds(startSeconds) / startPeriodSeconds),
    },
    // One slow answer does not take a replica away, which may be the only one.
    readinessProbe: { ...asked("/health/ready"), periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 3 },
    livenessProbe: { ...asked("/health/live"), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
  };
}

function mountsOf({ device, keys }: ServerPods) {
  return [
    { name: "settings", mountPath: "/etc/plinth", readOnly: true },
    ...(keys.length > 0 ? [{ name: "keys", mountPath: "/etc/plinth-keys", readOnly: true }] : []),
    { name: "scratch", mountPath: "/tmp" },
    ...(device.kind === "accelerators" ? [{ name: "shared-memory", mountPath: "/dev/shm" }] : []),
  ];
}

function volumesOf(server: ServerPods) {
  const { device, keys } = server;
  return [
    { name: "settings", configMap: { name: settingsName(server) } },
    ...(keys.length > 0
      ? [{ name: "keys", secret: { secretName: keysName(server), defaultMode: 0o440 } }]
      : []),
    { name: "scratch", emptyDir: { sizeLimit: "1Gi" } },
    ...(device.kind === "accelerators"
      ? [{ name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: device.sharedMemory } }]
      : []),
  ];
}

export function serviceManifest(server: ServerPods) {
  const { name, namespace, labels } = server;
  return {
    metadata: {
      name,
      namespace,
      labels: { ...labels, ...selectorOf(server) },
      // Where nobody gives pods addresses, it has none to wait for.
      annotations: awaitedUntilThere,
    },
    spec: {
      type: "ClusterIP",
      selector: selectorOf(server),
      ports: [{ name: "http", port: serverPort, targetPort: "http" }],
    },
  };
}

/** Whoever drains nodes takes one replica at a time. */
export function disruptionBudgetSpec(server: Pick<ServerPods, "name">) {
  return { maxUnavailable: 1, selector: { matchLabels: selectorOf(server) } };
}

/** Only the team's pods come in, and nothing goes out. */
export function networkPolicySpec(server: Pick<ServerPods, "name">, team: string) {
  const from = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": team } } }];
  return {
    podSelector: { matchLabels: selectorOf(server) },
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ from, ports: [{ protocol: "TCP", port: serverPort }] }],
  };
}
