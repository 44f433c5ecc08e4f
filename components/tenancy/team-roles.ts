/** What the people and pods of a team may do, and nothing more. */
import { type ControllerName, trainingControllers } from "../catalogue/controllers.ts";
import type { Right } from "../scheduling/backend.ts";

const read = ["get", "list", "watch"];
const write = ["create", "update", "patch", "delete"];

/**
 * Rights of `member` in the team's own namespace. Missing on purpose: roles and service accounts, quotas,
 * limits, network policies and local queues (the platform owns them), shells inside pods, changing a pod
 * (whoever may, can lift the gates that Kueue holds it with). Nobody can list Secrets, but a namespace has
 * none that its team may not know: who may change or mount one can read it.
 */
export const memberRules: Right[] = [
  { apiGroups: ["batch"], resources: ["jobs"], verbs: [...read, ...write] },
  { apiGroups: ["apps"], resources: ["deployments", "statefulsets"], verbs: [...read, ...write] },
  { apiGroups: ["apps"], resources: ["replicasets", "controllerrevisions"], verbs: read },
  {
    apiGroups: [""],
    resources: ["configmaps", "services", "persistentvolumeclaims"],
    verbs: [...read, ...write],
  },
  { apiGroups: [""], resources: ["pods"], verbs: [...read, "create", "delete"] },
  { apiGroups: [""], resources: ["secrets"], verbs: write },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: read },
  { apiGroups: [""], resources: ["resourcequotas", "limitranges"], verbs: read },
  // A template that is deleted and made anew while its job waits would claim more than the queue counted.
  { apiGroups: ["resource.k8s.io"], resources: ["resourceclaimtemplates"], verbs: [...read, "create"] },
  { apiGroups: ["resource.k8s.io"], resources: ["resourceclaims"], verbs: read },
];

/** The same on the kinds of controllers that are installed. */
export function controllerRules(controllers: readonly ControllerName[]): Right[] {
  return controllers.flatMap((name) =>
    trainingControllers[name].kinds.map(({ group, resource }) => ({
      apiGroups: [group],
      resources: [resource],
      verbs: [...read, ...write],
    })),
  );
}

/** Who has the rights of `member`: the service account, and groups that the cluster's login knows. */
export function memberSubjects(namespace: string, groups: readonly string[]) {
  return [
    { kind: "ServiceAccount", name: "member", namespace },
    ...groups.map((name) => ({ kind: "Group", name, apiGroup: "rbac.authorization.k8s.io" })),
  ];
}
