/** All that a team may do, by kind; what is not listed here is refused. */

/** Rights of every identity that is known at all, by the cluster's own defaults. */
export const selfReviews = [
  "create selfsubjectaccessreviews.authorization.k8s.io",
  "create selfsubjectreviews.authentication.k8s.io",
  "create selfsubjectrulesreviews.authorization.k8s.io",
];

const read = ["get", "list", "watch"];
const write = ["create", "delete", "patch", "update"];

/** All that a member may do in the team's namespace. */
export const memberRights: Record<string, string[]> = {
  configmaps: [...read, ...write],
  "controllerrevisions.apps": read,
  "deployments.apps": [...read, ...write],
  events: read,
  "events.events.k8s.io": read,
  "jobs.batch": [...read, ...write],
  limitranges: read,
  "localqueues.kueue.x-k8s.io": read,
  persistentvolumeclaims: [...read, ...write],
  pods: [...read, "create", "delete"],
  "pods/log": ["get"],
  "replicasets.apps": read,
  "resourceclaims.resource.k8s.io": read,
  "resourceclaimtemplates.resource.k8s.io": [...read, "create"],
  resourcequotas: read,
  secrets: write,
  services: [...read, ...write],
  "statefulsets.apps": [...read, ...write],
  "workloads.kueue.x-k8s.io": read,
};
