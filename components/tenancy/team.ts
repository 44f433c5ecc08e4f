/** A team: a namespace of its own with quotas, queues, rights and no way out of them. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { ControllerName } from "../catalogue/controllers.ts";
import { platformLabels } from "../catalogue/labels.ts";
import type { Cluster, ProvisionedNodePool } from "../cluster/contract.ts";
import { parseConfig, refuse } from "../config.ts";
import { dnsLabel, labelValue } from "../names.ts";
import type { Right } from "../scheduling/backend.ts";
import type { ClusterQueue, Queueing } from "../scheduling/queueing.ts";
import type { ObjectStore, StoreGrant } from "../storage/object-store.ts";
import type { TrainingControllers } from "../training/training-controllers.ts";
import { networkPolicies, storePolicy } from "./team-network.ts";
import { project, projectProblems, projectQueueName } from "./team-projects.ts";
import { containerDefaults, namespaceQuota } from "./team-quota.ts";
import { controllerRules, memberRules, memberSubjects } from "./team-roles.ts";

/** Fields of a team, also used by the stack file. */
export const teamFields = {
  /** Who pays: the value of the cost label on everything of the team. */
  costCenter: labelValue,
  /** Pod Security level that the namespace enforces. Default: restricted. */
  podSecurity: z.enum(["restricted", "baseline"]).default("restricted"),
  /** Groups of the cluster's login whose people are members. Default: none. */
  memberGroups: z.array(z.string().min(1).max(253)).max(20).default([]),
  /** Projects between which order may follow past use (`queueing.admissionFairSharing`). Default: none. */
  projects: z.array(project).max(50).default([]),
  /** The most pods at once, those that wait included. Default: 1000. */
  maxPods: z.int().min(1).max(10_000).default(1000),
};

const teamConfig = z.strictObject({ name: dnsLabel, ...teamFields });

export interface TeamArgs extends Omit<z.input<typeof teamConfig>, "name"> {
  cluster: Cluster;
  /** Where the team's queues are; those that carry its name are the team's. */
  queueing: Queueing;
  /** Controllers whose kinds the team may use; they outlive its namespace. Default: none. */
  controllers?: TrainingControllers;
  /** Where its runs save checkpoints. Default: nowhere. */
  objectStore?: ObjectStore | undefined;
}

/** A team's queue in one pool: what a job needs to be submitted there. */
export interface TeamQueue {
  readonly team: string;
  readonly namespace: string;
  /** Name of the LocalQueue, which is also that of the pool. */
  readonly name: string;
  readonly pool: ProvisionedNodePool;
  readonly clusterQueue: ClusterQueue;
  /** Team and cost labels, for everything submitted here. */
  readonly labels: Readonly<Record<string, string>>;
  /** Service account for pods; it has no rights and no token. */
  readonly serviceAccount: string;
  /** What the team's pods are given to use the object store, where it is let in. */
  readonly store?: StoreGrant | undefined;
  readonly resource: pulumi.Resource;
  /** Queues of the team's projects in this pool, by project. */
  readonly projects: Readonly<Record<string, TeamQueue>>;
}

export class Team extends pulumi.ComponentResource {
  /** Also the team's name. */
  readonly namespace: string;
  /** Team and cost labels, for everything of the team. */
  readonly labels: Readonly<Record<string, string>>;
  /** By pool. */
  readonly queues: Readonly<Record<string, TeamQueue>>;

  constructor(name: string, args: TeamArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, queueing, controllers, objectStore, ...input } = args;
    const owner = `Team "${name}"`;
    const config = parseConfig(teamConfig, { name, ...input }, owner);
    refuse(owner, projectProblems(["projects"], config.projects, queueing.backendName));
    super("plinth:tenancy:Team", name, {}, { ...opts, provider: cluster.provider });
    const labels = { [platformLabels.team]: name, [platformLabels.costCenter]: config.costCenter };
    this.namespace = name;
    this.labels = labels;
    const own = queueing.queues.filter((queue) => queue.team === name);
    const namespace = new k8s.core.v1.Namespace(
      name,
      {
        metadata: {
          name,
          labels: { ...labels, ...podSecurityLabels(config.podSecurity) },
          ...annotationsOf(queueing, own),
        },
      },
      {
        parent: this,
        deleteBeforeReplace: true,
        // The namespace goes before its queues, while Kueue and the controllers of what runs in it can still
        // release it (F62, F64).
        dependsOn: [
          queueing.release,
          ...Object.values(controllers?.releases ?? {}),
          ...own.map((queue) => queue.resource),
        ],
      },
    );
    const options = { parent: this, dependsOn: [namespace], deleteBeforeReplace: true };
    const metadata = (objectName: string) => ({ name: objectName, namespace: name, labels });

    const store = objectStore?.grant({ namespace: name, labels }, options);
    const outside = objectStore ? { "allow-object-store": storePolicy(objectStore.egress) } : {};
    for (const [policy, spec] of Object.entries({ ...networkPolicies, ...outside })) {
      new k8s.networking.v1.NetworkPolicy(`${name}-${policy}`, { metadata: metadata(policy), spec }, options);
    }
    const hard = namespaceQuota(config.maxPods);
    new k8s.core.v1.ResourceQuota(`${name}-quota`, { metadata: metadata("team"), spec: { hard } }, options);
    new k8s.core.v1.LimitRange(
      `${name}-limits`,
      { metadata: metadata("defaults"), spec: { limits: [containerDefaults] } },
      options,
    );
    const kinds = Object.keys(controllers?.releases ?? {}) as ControllerName[];
    const rules = [...memberRules, ...queueing.backend.rights, ...controllerRules(kinds)];
    createRights(name, metadata, rules, config.memberGroups, options);

    const queues = own.map((clusterQueue): [string, TeamQueue] => {
      const pool = clusterQueue.provisionedPool;
      const open = (queueName: string, weight?: number): TeamQueue => {
        const resource = queueing.backend.open(
          `${name}-queue-${queueName}`,
          { queue: clusterQueue, metadata: metadata(queueName), ...(weight ? { weight } : {}) },
          { ...options, dependsOn: [namespace, clusterQueue.resource] },
        );
        const queue = { team: name, namespace: name, name: queueName, serviceAccount: "workload" };
        return { ...queue, pool, clusterQueue, labels, store, resource, projects: {} };
      };
      const projects = config.projects.map((entry): [string, TeamQueue] => [
        entry.name,
        open(projectQueueName(pool.name, entry.name), entry.weight),
      ]);
      return [pool.name, { ...open(pool.name), projects: Object.fromEntries(projects) }];
    });
    this.queues = Object.fromEntries(queues);
    this.registerOutputs({ namespace: name, queues: Object.keys(this.queues) });
  }
}

/** None at all where the queueing system needs none, so that nothing is stated that nobody reads. */
function annotationsOf({ backend }: Queueing, queues: readonly ClusterQueue[]) {
  const annotations = backend.namespaceAnnotations(queues);
  return Object.keys(annotations).length > 0 ? { annotations } : {};
}

/** `member` for people and their automation, `workload` for pods. */
function createRights(
  name: string,
  metadata: (objectName: string) => k8s.types.input.meta.v1.ObjectMeta,
  rules: readonly Right[],
  memberGroups: readonly string[],
  options: pulumi.CustomResourceOptions,
): void {
  for (const account of ["member", "workload"]) {
    new k8s.core.v1.ServiceAccount(
      `${name}-${account}`,
      { metadata: metadata(account), automountServiceAccountToken: false },
      options,
    );
  }
  new k8s.rbac.v1.Role(`${name}-member`, { metadata: metadata("member"), rules: [...rules] }, options);
  new k8s.rbac.v1.RoleBinding(
    `${name}-member`,
    {
      metadata: metadata("member"),
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "member" },
      subjects: memberSubjects(name, memberGroups),
    },
    options,
  );
}

/** The same level to refuse, to log and to warn, always at the newest version of the standard. */
function podSecurityLabels(level: string): Record<string, string> {
  const modes = ["enforce", "audit", "warn"];
  return Object.fromEntries(
    modes.flatMap((mode) => [
      [`pod-security.kubernetes.io/${mode}`, level],
      [`pod-security.kubernetes.io/${mode}-version`, "latest"],
    ]),
  );
}
