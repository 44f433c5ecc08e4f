/** Objects that keep every rule of the baseline pack; a test row spoils one of them once. */
import type { V1Container, V1PodSpec } from "@kubernetes/client-node";
import type { StackResource } from "../../policies/resources.ts";

export const workloadKinds = [
  "core/v1:Pod",
  "core/v1:ReplicationController",
  "apps/v1:Deployment",
  "apps/v1:StatefulSet",
  "apps/v1:DaemonSet",
  "apps/v1:ReplicaSet",
  "batch/v1:Job",
  "batch/v1:CronJob",
] as const;

export type WorkloadKind = (typeof workloadKinds)[number];

/** What a row changes of a workload; everything unsaid stays as it was. */
export interface WorkloadChange {
  readonly container?: Partial<V1Container>;
  readonly spec?: Partial<V1PodSpec>;
  readonly podLabels?: Readonly<Record<string, string>>;
  readonly suspend?: boolean;
  readonly namespace?: string;
}

const queueLabel = { "kueue.x-k8s.io/queue-name": "h100" };
const costLabels = { "plinth.dev/team": "vision", "plinth.dev/cost-center": "4711" };
const accelerators = { "nvidia.com/gpu": "8" };
const digest = "ee6521f290b2168b6e0935a181d4cff9be1ac3f505666ef0e3c98fae8199917a";

export const placement: Partial<V1PodSpec> = {
  nodeSelector: { "plinth.dev/pool": "h100" },
  tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
};

/** Any resource; its name, which ends the URN, is that of the object. */
export function makeResource(token: string, props: Record<string, unknown>): StackResource {
  const { name } = (props.metadata ?? {}) as { name?: string };
  return { type: `kubernetes:${token}`, props, urn: `urn:${token.replace(/.*:/, "")}/${name}` };
}

/** A workload named train of the team vision, waiting in the queue h100 with eight accelerators. */
export function makeQueued(kind: WorkloadKind, change: WorkloadChange = {}): StackResource {
  return makeWorkload(kind, change, queueLabel);
}

/** The same workload in a namespace of no team, outside all queues, with its own placement. */
export function makeUnqueued(kind: WorkloadKind, change: WorkloadChange = {}): StackResource {
  return makeWorkload(kind, { namespace: "serving", ...change, spec: { ...placement, ...change.spec } }, {});
}

function makeWorkload(
  kind: WorkloadKind,
  change: WorkloadChange,
  queue: Record<string, string>,
): StackResource {
  const { namespace = "vision", podLabels = costLabels, suspend } = change;
  const pod = { metadata: { labels: { ...podLabels } }, spec: makePodSpec(change) };
  const queuedPod = { ...pod, metadata: { labels: { ...podLabels, ...queue } } };
  const own = { name: "train", namespace };
  const queued = { ...own, labels: queue };
  const objects: Record<WorkloadKind, Record<string, unknown>> = {
    "core/v1:Pod": { metadata: { ...own, ...queuedPod.metadata }, spec: pod.spec },
    "core/v1:ReplicationController": { metadata: own, spec: { template: queuedPod } },
    "apps/v1:Deployment": { metadata: queued, spec: { template: pod } },
    "apps/v1:StatefulSet": { metadata: queued, spec: { template: pod } },
    "apps/v1:DaemonSet": { metadata: own, spec: { template: queuedPod } },
    "apps/v1:ReplicaSet": { metadata: own, spec: { template: queuedPod } },
    "batch/v1:Job": { metadata: queued, spec: { template: pod, suspend } },
    "batch/v1:CronJob": {
      metadata: own,
      spec: { jobTemplate: { metadata: { labels: queue }, spec: { template: pod, suspend } } },
    },
  };
  return makeResource(kind, objects[kind]);
}

function makePodSpec({ container, spec }: WorkloadChange): V1PodSpec {
  const main: V1Container = {
    name: "main",
    image: `registry.example/train:1.0@sha256:${digest}`,
    env: [{ name: "HF_TOKEN", valueFrom: { secretKeyRef: { name: "hub", key: "token" } } }],
    ports: [{ containerPort: 8080 }],
    resources: { requests: accelerators, limits: accelerators },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    ...container,
  };
  return { containers: [main], volumes: [{ name: "shm", emptyDir: { medium: "Memory" } }], ...spec };
}

/** Everything that the namespace of a team needs. */
export function makeTeam(): { [name in keyof typeof team]: StackResource } {
  return structuredClone(team);
}

const rbac = "rbac.authorization.k8s.io/v1";
const inTeam = (name: string) => ({ name, namespace: "vision" });
const team = {
  namespace: makeResource("core/v1:Namespace", { metadata: { name: "vision", labels: costLabels } }),
  quota: makeResource("core/v1:ResourceQuota", {
    metadata: inTeam("limits"),
    spec: { hard: { "count/jobs.batch": "100" } },
  }),
  defaultDeny: makeResource("networking.k8s.io/v1:NetworkPolicy", {
    metadata: inTeam("default-deny"),
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  }),
  role: makeResource(`${rbac}:Role`, {
    metadata: inTeam("member"),
    rules: [{ apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "list", "create", "delete"] }],
  }),
  roleBinding: makeResource(`${rbac}:RoleBinding`, {
    metadata: inTeam("member"),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "member" },
    subjects: [{ kind: "ServiceAccount", ...inTeam("member") }],
  }),
};

/** The pool h100 of two nodes, its flavor, and the queues that share it. */
export function makePool(): StackResource[] {
  return [
    ...["h100-0", "h100-1"].map((name) => makeNode(name, "h100")),
    makeFlavor("h100"),
    makeQuotaHolder("ClusterQueue", "vision-h100", "h100", { "nvidia.com/gpu": 8, memory: "1Ti" }),
    makeQuotaHolder("ClusterQueue", "speech-h100", "h100", { "nvidia.com/gpu": "4", memory: "0.5Ti" }),
    makeQuotaHolder("Cohort", "platform", "h100", { "nvidia.com/gpu": "4", memory: "512Gi" }),
  ];
}

export function makeNode(name: string, pool: string): StackResource {
  return makeResource("core/v1:Node", {
    metadata: { name, labels: { "plinth.dev/pool": pool } },
    status: { allocatable: { cpu: "128", memory: "1Ti", "nvidia.com/gpu": "8" } },
  });
}

export function makeFlavor(name: string, nodeLabels = { "plinth.dev/pool": name }): StackResource {
  return makeResource("kueue.x-k8s.io/v1beta2:ResourceFlavor", { metadata: { name }, spec: { nodeLabels } });
}

export function makeQuotaHolder(
  kind: "ClusterQueue" | "Cohort",
  name: string,
  flavor: string,
  quotas: Readonly<Record<string, string | number>>,
): StackResource {
  const resources = Object.entries(quotas).map(([name, nominalQuota]) => ({ name, nominalQuota }));
  const resourceGroups = [{ coveredResources: Object.keys(quotas), flavors: [{ name: flavor, resources }] }];
  return makeResource(`kueue.x-k8s.io/v1beta2:${kind}`, { metadata: { name }, spec: { resourceGroups } });
}
