/** Names of the profiles of the embedded cluster's scheduler; a pod chooses by `schedulerName`. */

export const schedulerNames = {
  /** Kubernetes' own: pods spread over the nodes with most free CPU and memory. */
  spread: "default-scheduler",
  /** Accelerators first: pods go where most of them are in use already, so that whole nodes stay free. */
  packing: "plinth-packing",
  /** The scheduler extender decides; there only while one is configured. */
  waste: "plinth-waste",
} as const;
