/** Hard limits of a team's namespace, beside those of its queues. */

/** Counts that keep one namespace from filling the cluster's database. */
const objectCounts = {
  "count/jobs.batch": "5000",
  "count/configmaps": "1000",
  "count/secrets": "1000",
  "count/services": "1000",
  "count/resourceclaimtemplates.resource.k8s.io": "1000",
  persistentvolumeclaims: "100",
  "services.loadbalancers": "0",
  "services.nodeports": "0",
};

/**
 * Counts alone: what pods request is their queue's to limit. The API server takes it from a ResourceQuota as
 * soon as the pod exists, also while it waits (behind a gate of Kueue's, or for a node from Volcano or KAI),
 * and has no scope that tells waiting pods from others: of a gang that is admitted it would refuse the pods.
 */
export function namespaceQuota(maxPods: number): Record<string, string> {
  return { pods: String(maxPods), ...objectCounts };
}

/** What a container gets that states nothing; only resources that every queue covers (F42). */
export const containerDefaults = {
  type: "Container",
  default: { cpu: "1", memory: "4Gi" },
  defaultRequest: { cpu: "1", memory: "4Gi" },
};
