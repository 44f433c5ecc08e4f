/** Ways past a team's queue and rights that roles cannot close: borrowed owners and claims, old tokens. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { trainingControllers } from "../catalogue/controllers.ts";
import { platformLabels } from "../catalogue/labels.ts";
import type { Cluster } from "../cluster/contract.ts";

export interface TeamGuardArgs {
  cluster: Cluster;
}

export class TeamGuard extends pulumi.ComponentResource {
  constructor(name: string, args: TeamGuardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plinth:tenancy:TeamGuard", name, {}, { ...opts, provider: args.cluster.provider });
    const options = { parent: this, deleteBeforeReplace: true };
    const metadata = { name: policyName };
    const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
      name,
      { metadata, spec: guardPolicySpec },
      options,
    );
    new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
      `${name}-binding`,
      { metadata, spec: guardBindingSpec },
      { ...options, dependsOn: [policy] },
    );
    this.registerOutputs({});
  }
}

const policyName = "teams.plinth.dev";

/** Kinds that are, or become, pods; Kueue leaves alone those that a queued owner controls. */
const workloads = [
  { apiGroups: [""], resources: ["pods"] },
  { apiGroups: ["apps"], resources: ["deployments", "replicasets", "statefulsets"] },
  { apiGroups: ["batch"], resources: ["jobs"] },
  ...Object.values(trainingControllers).flatMap(({ kinds }) =>
    kinds.map(({ group, resource }) => ({ apiGroups: [group], resources: [resource] })),
  ),
];

const tokenType = "kubernetes.io/service-account-token";

/**
 * Spec of the policy. Kueue 0.19.2 trusts an owner reference within a namespace (jobframework/reconciler.go
 * calls its forgery out of scope): a pod that names a waiting job as its owner would run without quota.
 * Controllers are service accounts of other namespaces, or the control plane itself.
 */
export const guardPolicySpec = {
  failurePolicy: "Fail",
  matchConstraints: {
    resourceRules: [
      ...workloads,
      { apiGroups: [""], resources: ["secrets"] },
      { apiGroups: ["resource.k8s.io"], resources: ["resourceclaimtemplates"] },
    ].map((rule) => ({
      ...rule,
      apiVersions: ["*"],
      operations: ["CREATE", "UPDATE"],
    })),
  },
  variables: [
    {
      name: "isController",
      expression:
        'request.userInfo.username.startsWith("system:") && ' +
        '!request.userInfo.username.startsWith("system:serviceaccount:" + request.namespace + ":")',
    },
    { name: "owners", expression: controllersOf("object") },
    { name: "formerOwners", expression: `oldObject == null ? [] : ${controllersOf("oldObject")}` },
  ],
  validations: [
    {
      expression: "variables.isController || variables.owners.all(uid, uid in variables.formerOwners)",
      message: "only a controller may create what it controls; leave out metadata.ownerReferences",
    },
    {
      expression:
        `variables.isController || request.resource.resource != "secrets" || ` +
        `!has(object.type) || object.type != "${tokenType}"`,
      message: "tokens that never expire are not given; mount a projected token, or request a short one",
    },
    {
      // Kueue counts claims that come of templates; one that a pod only names is in nobody's quota. Whoever
      // makes the pod for it, a job's controller included, the claim was the template's to ask for.
      expression:
        'request.resource.resource != "pods" || !has(object.spec.resourceClaims) || ' +
        "object.spec.resourceClaims.all(claim, !has(claim.resourceClaimName))",
      message: "a pod gets its claims from templates; name a resourceClaimTemplateName, not a claim",
    },
    {
      // With an owner that its team may delete, it could be had anew and larger while its job waits.
      expression:
        'variables.isController || request.resource.resource != "resourceclaimtemplates" || ' +
        "!has(object.metadata.ownerReferences)",
      message: "templates of claims have no owner; leave out metadata.ownerReferences",
    },
    {
      // Ray's autoscaler may change pods of its namespace, and whoever makes a pod there may be it.
      expression:
        `variables.isController || request.resource.resource != "pods" || oldObject == null || ` +
        `${gatesOf("oldObject")}.all(gate, gate in ${gatesOf("object")})`,
      message: "only the queue lets a pod go; its scheduling gates are not yours to lift",
    },
  ],
};

/** Spec of the binding: all teams' namespaces. */
export const guardBindingSpec = {
  policyName,
  validationActions: ["Deny"],
  matchResources: {
    namespaceSelector: { matchExpressions: [{ key: platformLabels.team, operator: "Exists" }] },
  },
};

function controllersOf(object: string): string {
  const references = `${object}.metadata.ownerReferences`;
  const controllers = `${references}.filter(owner, has(owner.controller) && owner.controller)`;
  return `(has(${references}) ? ${controllers}.map(owner, owner.uid) : [])`;
}

/** Names of the gates that hold a pod back. */
function gatesOf(object: string): string {
  const gates = `${object}.spec.schedulingGates`;
  return `(has(${gates}) ? ${gates}.map(gate, gate.name) : [])`;
}
