/** Keeps teams to their own queues where the queueing system itself takes whatever queue is named. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { platformLabels } from "../catalogue/labels.ts";
import type { ContainerRule } from "./network-guard.ts";

/** Annotation of a team's namespace with the names of its queues, between commas. */
export const queuesAnnotation = "plinth.dev/queues";

export interface QueueGuard {
  /** Also that of the scheduler whose pods alone a team may make. */
  readonly schedulerName: string;
  /** Kinds beside pods that name a queue. */
  readonly kinds: readonly { readonly apiGroup: string; readonly resource: string }[];
  /** Whether such an object, or a pod where there is no such kind, names one of `variables.queues`. */
  readonly namesOwnQueue: string;
  /** What holds for each `container` of a pod. */
  readonly containerRules?: readonly ContainerRule[];
}

const teamQueues =
  `has(namespaceObject.metadata.annotations) && ` +
  `"${queuesAnnotation}" in namespaceObject.metadata.annotations ? ` +
  `namespaceObject.metadata.annotations["${queuesAnnotation}"].split(",") : []`;

const allContainers =
  "object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : [])";

/** Spec of the policy. Pods of another scheduler would run past every queue. */
export function guardSpec({ schedulerName, kinds, namesOwnQueue, containerRules = [] }: QueueGuard) {
  const concerned = [{ apiGroup: "", resource: "pods" }, ...kinds];
  const isPod = 'request.resource.resource == "pods"';
  return {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: concerned.map(({ apiGroup, resource }) => ({
        apiGroups: [apiGroup],
        apiVersions: ["*"],
        operations: ["CREATE", "UPDATE"],
        resources: [resource],
      })),
    },
    variables: [{ name: "queues", expression: teamQueues }],
    validations: [
      {
        expression: kinds.length > 0 ? `${isPod} || ${namesOwnQueue}` : namesOwnQueue,
        message: "the queue must be one of the team's own",
        messageExpression: `"the queue must be one of the team's own: " + variables.queues.join(", ")`,
      },
      {
        expression: `!(${isPod}) || object.spec.schedulerName == "${schedulerName}"`,
        message: `pods of a team set schedulerName ${schedulerName}; other schedulers count no quota`,
      },
      ...containerRules.map(({ expression, message }) => ({
        expression: `!(${isPod}) || (${allContainers}).all(container, ${expression})`,
        message,
      })),
    ],
  };
}

/** Makes the policy and binds it to the namespaces of all teams. */
export function createGuard(
  name: string,
  guard: QueueGuard,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const metadata = { name: `${guard.schedulerName}.plinth.dev` };
  const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
    `${name}-guard`,
    { metadata, spec: guardSpec(guard) },
    opts,
  );
  const spec = {
    policyName: metadata.name,
    validationActions: ["Deny"],
    matchResources: {
      namespaceSelector: { matchExpressions: [{ key: platformLabels.team, operator: "Exists" }] },
    },
  };
  return new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
    `${name}-guard-binding`,
    { metadata, spec },
    { ...opts, dependsOn: [policy] },
  );
}
