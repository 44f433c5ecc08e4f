/** Watches over accelerator nodes: keeps work off ill ones, drains them, restarts gangs whole elsewhere. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type NodeHealthSettings, nodeHealthFields } from "../../controllers/node-health/settings.ts";
import { systemNamespaceLabels } from "../catalogue/labels.ts";
import type { Cluster } from "../cluster/contract.ts";
import { parseConfig, refuse } from "../config.ts";
import type { Queueing } from "../scheduling/queueing.ts";
import { nodeHealthRules, nodeHealthSpec } from "./node-health-deployment.ts";
import { nodeHealthProblems } from "./node-health-rules.ts";

const nodeHealthConfig = z.strictObject({
  ...nodeHealthFields,
  /** Image of the controller. Default: the cluster's own; required where there is none. */
  image: z.string().min(1).max(512).optional(),
});

export interface NodeHealthArgs extends z.input<typeof nodeHealthConfig> {
  cluster: Cluster;
  /** The queueing system that gangs are given back to; it outlives the controller. */
  queueing: Queueing;
}

const namespace = "node-health-system";
const account = "node-health";

export class NodeHealth extends pulumi.ComponentResource {
  /** What the controller goes by. */
  readonly settings: NodeHealthSettings;
  /** Namespace and name of its Deployment. */
  readonly deployment: { readonly namespace: string; readonly name: string };

  constructor(name: string, args: NodeHealthArgs, opts?: pulumi.ComponentResourceOptions) {
    const { cluster, queueing, ...input } = args;
    const owner = `NodeHealth "${name}"`;
    const { image: own, ...fields } = parseConfig(nodeHealthConfig, input, owner);
    refuse(owner, nodeHealthProblems(["queueing"], queueing.backendName));
    const image = own ?? cluster.programImage("node-health");
    if (image === undefined) {
      refuse(owner, [missingImage]);
      throw new Error("a missing image is refused");
    }
    super("plinth:gpu:NodeHealth", name, {}, { ...opts, provider: cluster.provider });

    const { repairLabels } = cluster;
    this.settings = { ...fields, ...(repairLabels ? { repairLabels } : {}) };
    this.deployment = { namespace, name: account };
    const options = { parent: this, deleteBeforeReplace: true };
    const labels = { ...systemNamespaceLabels };
    const home = new k8s.core.v1.Namespace(name, { metadata: { name: namespace, labels } }, options);
    const metadata = { name: account, namespace };
    const identity = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata },
      { ...options, dependsOn: home },
    );
    const rights = clusterRights(name, options);
    new k8s.apps.v1.Deployment(
      `${name}-controller`,
      {
        metadata,
        spec: nodeHealthSpec({ name: account, image, settings: this.settings, ...cluster.systemPlacement }),
      },
      { ...options, dependsOn: [identity, ...rights, queueing.release] },
    );
    this.registerOutputs({ settings: this.settings, deployment: this.deployment });
  }
}

function clusterRights(name: string, options: pulumi.CustomResourceOptions): pulumi.Resource[] {
  const metadata = { name: "plinth:node-health" };
  const role = new k8s.rbac.v1.ClusterRole(`${name}-role`, { metadata, rules: nodeHealthRules }, options);
  const binding = new k8s.rbac.v1.ClusterRoleBinding(
    `${name}-binding`,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: metadata.name },
      subjects: [{ kind: "ServiceAccount", name: account, namespace }],
    },
    { ...options, dependsOn: [role] },
  );
  return [role, binding];
}

const missingImage = {
  path: ["image"],
  given: "nothing",
  allowed: "an image that runs controllers/node-health/main.ts: none is published for this cluster",
  remedy: "build one from this project, push it to your registry, and name it with its digest",
};
