/** The pod of the node-health controller, and all that it may do. */
import type { NodeHealthSettings } from "../../controllers/node-health/settings.ts";
import type { SystemPlacement } from "../cluster/contract.ts";

/** Rights of the controller, and no others: it deletes no object and reads no secret. */
export const nodeHealthRules = [
  // Taints, cordon, its own annotation and the cloud's labels are all on the Node itself.
  { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch", "patch"] },
  { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
  { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
  // Says of pods whose node is gone that they have ended.
  { apiGroups: [""], resources: ["pods/status"], verbs: ["patch"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create"] },
  { apiGroups: ["kueue.x-k8s.io"], resources: ["workloads"], verbs: ["list", "watch", "patch"] },
];

export interface NodeHealthPod extends SystemPlacement {
  readonly name: string;
  readonly image: string;
  readonly settings: NodeHealthSettings;
}

/** Spec of the Deployment. One at a time: two could drain one node each where only one is allowed. */
export function nodeHealthSpec({ name, image, settings, nodeSelector, tolerations }: NodeHealthPod) {
  const labels = { "app.kubernetes.io/name": name };
  return {
    replicas: 1,
    strategy: { type: "Recreate" },
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: name,
        priorityClassName: "system-cluster-critical",
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 10,
        nodeSelector: { ...nodeSelector },
        tolerations: tolerations.map((toleration) => ({ ...toleration })),
        securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          {
            name: "controller",
            image,
            env: [{ name: "NODE_HEALTH_SETTINGS", value: JSON.stringify(settings) }],
            resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ["ALL"] },
            },
          },
        ],
      },
    },
  };
}
