/** Names of labels, annotations and resources that components write and policies read. */

/** Annotation by which Pulumi waits until an object is there, and not until it is ready. */
export const awaitedUntilThere = { "pulumi.com/waitFor": "jsonpath={.metadata.uid}" } as const;

/** Annotation by which a patch of Pulumi wins over what others wrote. */
export const winningPatch = { "pulumi.com/patchForce": "true" } as const;

/** Labels and annotations of this platform, all under one domain. */
export const platformLabels = {
  /** The team that owns an object and pays for it. */
  team: "plinth.dev/team",
  /** The cost centre that the team's use is charged to. */
  costCenter: "plinth.dev/cost-center",
  /** The node pool that a node belongs to. */
  pool: "plinth.dev/pool",
  /** Marks the namespaces of the platform itself ("true"): only their pods may run on the host node. */
  system: "plinth.dev/system",
  /** Marks the host node ("true"); also the key of its taint. */
  host: "plinth.dev/host",
  /** Key of the taints of an ill node. */
  unhealthy: "plinth.dev/unhealthy",
  /** What the node-health controller remembers of an ill node, as JSON. */
  nodeHealth: "plinth.dev/node-health",
  /** The node that a Workload was taken from, until it is back in its queue. */
  requeuedFrom: "plinth.dev/requeued-from",
} as const;

/** What a notebook carries; read by the program that stops idle ones, and by the status. */
export const notebookLabels = {
  /** Label on a notebook and its pods: its name. */
  notebook: "plinth.dev/notebook",
  /** Annotation: the person whose notebook it is, as the cluster's login knows them. */
  owner: "plinth.dev/owner",
  /** Annotation: minutes without activity after which it is stopped. */
  cullAfterIdle: "plinth.dev/cull-after-idle-minutes",
  /** Annotation: when it was last stopped for that. */
  culledAt: "plinth.dev/culled-at",
} as const;

/** What an inference server carries; read by the embedded cluster, and by the status. */
export const inferenceLabels = {
  /** Label on a server, its pods and its Service: its name. */
  server: "plinth.dev/inference-server",
} as const;

/** Namespaces in which the platform's own programs run. */
export const systemNamespaceLabels = {
  [platformLabels.system]: "true",
  "pod-security.kubernetes.io/enforce": "restricted",
  "pod-security.kubernetes.io/enforce-version": "latest",
} as const;

/** Network domains of a node, from the widest to the node itself. */
export const topologyLabels = {
  block: "topology.plinth.dev/block",
  rack: "topology.plinth.dev/rack",
  nvlink: "topology.plinth.dev/nvlink",
  node: "kubernetes.io/hostname",
} as const;

/**
 * Which GPUs NVLink joins across machines, `<UUID of the fabric>.<number of the clique>`, as GPU Feature
 * Discovery tells on nodes that have such links and on no others (NVIDIA/k8s-device-plugin pull 965); with
 * DRA NVIDIA's driver does in its place (kubernetes-sigs/dra-driver-nvidia-gpu pull 1247). Checked
 * 2026-11-22.
 */
export const cliqueLabel = "nvidia.com/gpu.clique";

/** Labels that GKE writes on nodes with TPUs (GKE, Plan TPUs; TPU Multislice with JobSet and Kueue). */
export const tpuLabels = {
  accelerator: "cloud.google.com/gke-tpu-accelerator",
  topology: "cloud.google.com/gke-tpu-topology",
  /** Chips of the node. */
  count: "cloud.google.com/gke-accelerator-count",
  /** The node pool of GKE: one slice, if a slice has several hosts; else hosts that are a slice each. */
  nodePool: "cloud.google.com/gke-nodepool",
} as const;

/** Labels that name the product of a node's accelerators; a node has one of them. */
export const productLabels = ["nvidia.com/gpu.product", tpuLabels.accelerator] as const;

/** The node of the embedded cluster whose pods run as processes of the machine itself. */
export const hostNode = {
  name: "host",
  label: platformLabels.host,
  /** Room for every program of the platform; processes are bounded by the machine, not by this figure. */
  capacity: { cpuCores: 8, memoryGiB: 16 },
} as const;

/** Disks for the pods of simulated nodes; nothing is stored on them. */
export const simulatedDisks = { storageClass: "simulated", provisioner: "plinth.dev/simulated" } as const;

/** Class of load balancers that this platform's MetalLB answers for. */
export const metalLbClass = "plinth.dev/metallb";

/** Labels of Kueue 0.19 (kueue.sigs.k8s.io, reference of labels and annotations). */
export const kueueLabels = {
  queueName: "kueue.x-k8s.io/queue-name",
  priorityClass: "kueue.x-k8s.io/priority-class",
  /** Label of a job: seconds after which Kueue stops it, counted while it is admitted. */
  maxExecutionTimeSeconds: "kueue.x-k8s.io/max-exec-time-seconds",
  /** Annotation of a kind whose pods may come and go while it runs ("true"). */
  elasticJob: "kueue.x-k8s.io/elastic-job",
  /** Annotation of a placed pod: the Workload that it belongs to. */
  workload: "kueue.x-k8s.io/workload",
  /** Annotation of an elastic job's pods and Workloads: the first of the Workloads that it had. */
  workloadSlice: "kueue.x-k8s.io/workload-slice-name",
  podSetRequiredTopology: "kueue.x-k8s.io/podset-required-topology",
  podSetPreferredTopology: "kueue.x-k8s.io/podset-preferred-topology",
  /** Annotation of pods of two sizes that share one domain. */
  podSetGroupName: "kueue.x-k8s.io/podset-group-name",
} as const;

/** Name of the first of the Workloads that a pod, or a Workload, is of; undefined for what is of none. */
export function firstWorkloadOf({
  annotations,
}: {
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}): string | undefined {
  return annotations?.[kueueLabels.workloadSlice] ?? annotations?.[kueueLabels.workload];
}

/** Extended resources that stand for accelerators: NVIDIA's GPUs, their MIG profiles, Google's TPUs. */
export const acceleratorResourcePattern = /^(nvidia\.com\/(gpu|mig-[a-z0-9.]+)(\.shared)?|google\.com\/tpu)$/;

/** What happens to simulated nodes and their pods; read only by the embedded cluster. */
export const simulationAnnotations = {
  /** A Go duration such as "30s", after which the pod ends, or the moment at which it does. */
  finishAfter: "plinth.dev/finish-after",
  /** With it the pod fails with this exit code instead of succeeding. */
  exitCode: "plinth.dev/exit-code",
  /** On a node: as long as it has it, the node is not Ready. */
  notReady: "plinth.dev/not-ready",
} as const;
