/** How schedulers place pods, and the embedded cluster's names; a pod chooses by `schedulerName`. */

export const schedulerProfiles = ["spread", "packing", "waste"] as const;

export type SchedulerProfile = (typeof schedulerProfiles)[number];

/** Names of the schedulers of a cluster that do not spread pods. */
export type Schedulers = {
  readonly [Profile in Exclude<SchedulerProfile, "spread">]?: string | undefined;
};

export const schedulerNames = {
  /** Kubernetes' own: pods spread over the nodes with most free CPU and memory. */
  spread: "default-scheduler",
  /** Accelerators first: pods go where most of them are in use already, so that whole nodes stay free. */
  packing: "plinth-packing",
  /** The scheduler extender decides; there only while one is configured. */
  waste: "plinth-waste",
} as const satisfies Readonly<Record<SchedulerProfile, string>>;
