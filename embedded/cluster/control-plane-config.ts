/** Configuration files of the control plane: what is audited, what pods may do, how they are placed. */
import { accelerators } from "../../components/catalogue/hardware.ts";
import { schedulerNames } from "../../components/catalogue/schedulers.ts";

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

/** What counts when the scheduler packs: accelerators decide, CPU and memory what they leave open. */
const packedResources = [...new Set(Object.values(accelerators).map(({ resourceName }) => resourceName))].map(
  (name) => ({ name, weight: 8 }),
);

const packingProfile = {
  schedulerName: schedulerNames.packing,
  percentageOfNodesToScore: 100,
  plugins: {
    score: {
      // It would even out what packing is meant to leave uneven.
      disabled: [{ name: "NodeResourcesBalancedAllocation" }],
      enabled: [{ name: "NodeResourcesFit", weight: 10 }],
    },
  },
  pluginConfig: [
    {
      name: "NodeResourcesFit",
      args: {
        scoringStrategy: {
          type: "MostAllocated",
          resources: [...packedResources, { name: "cpu", weight: 1 }, { name: "memory", weight: 1 }],
        },
      },
    },
  ],
};

/** Nodes are compared by the extender alone, and all of them. */
const wasteProfile = { schedulerName: schedulerNames.waste, percentageOfNodesToScore: 100 };

/**
 * One scheduler with a profile per way to place pods; a pod that names none gets Kubernetes' own default.
 * `extenderUrl` is where a scheduler extender listens, on this machine.
 */
export function schedulerConfiguration(kubeconfig: string, extenderUrl?: string) {
  const profiles = [{ schedulerName: schedulerNames.spread }, packingProfile];
  return {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    clientConnection: { kubeconfig, qps: clientLimits.qps, burst: clientLimits.burst },
    leaderElection: { leaderElect: false },
    profiles: extenderUrl === undefined ? profiles : [...profiles, wasteProfile],
    ...(extenderUrl === undefined ? {} : { extenders: [extender(extenderUrl)] }),
  };
}

/** Stated anew with every start of the cluster; without it there is no extender. */
export function schedulerExtenderUrl(environment: NodeJS.ProcessEnv): string | undefined {
  const url = environment.PLINTH_SCHEDULER_EXTENDER;
  if (url === undefined || url === "") return undefined;
  // Unencrypted, so it must not leave the machine: pods are sent whole.
  if (/^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+$/.test(url)) return url;
  throw new Error(
    `PLINTH_SCHEDULER_EXTENDER is "${url}"; it must be an address of this machine, as http://127.0.0.1:8888`,
  );
}

/** What Go's collector lets the API server's memory grow by before it collects, in percent. */
const apiServerGrowth = { usual: 75, least: 10, most: 1000 };

/** Stated anew with every start of the cluster. The usual one keeps an idle cluster small. */
export function apiServerGrowthPercent(environment: NodeJS.ProcessEnv): number {
  const told = environment.PLINTH_API_SERVER_GOGC;
  if (told === undefined || told === "") return apiServerGrowth.usual;
  const { least, most } = apiServerGrowth;
  if (/^\d{1,4}$/.test(told) && Number(told) >= least && Number(told) <= most) return Number(told);
  throw new Error(`PLINTH_API_SERVER_GOGC is "${told}"; it must be a whole number from ${least} to ${most}`);
}

/**
 * From where on the API server collects more often, whatever it may grow by: half of the machine's memory,
 * and no less than 1 GiB. 50,000 workloads with a growth of 400 % took 11 GiB without it; with 6 GiB, near to
 * what they need, it did little but collect.
 */
export function apiServerMemoryMiB(machineMiB: number): number {
  return Math.max(1024, Math.floor(machineMiB / 2));
}

function extender(urlPrefix: string) {
  return {
    urlPrefix,
    prioritizeVerb: "prioritize",
    // Outweighs all scores of the scheduler's own plugins together; they settle what it leaves open.
    weight: 100,
    nodeCacheCapable: true,
    httpTimeout: "5s",
    // Without it pods are placed as if there were none.
    ignorable: true,
  };
}
