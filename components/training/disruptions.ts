/** What becomes of a run whose pod is drained, evicted or lost with its node: no failure of its own. */

/**
 * What such a pod carries: Kubernetes' own condition, or that of Kueue, which ends a pod whose node its
 * workload no longer has, as may happen while an elastic gang grows (0.19.2, tas/node_controller.go).
 */
const disrupted = ["DisruptionTarget", "TerminatedByKueue"].map((type) => ({ type, status: "True" }));

/** Of a plain Job: such a pod is made anew, and uses up none of the retries. */
export const replaceDisrupted = { rules: [{ action: "Ignore", onPodConditions: disrupted }] };

/** Of a Job in a JobSet: it fails at once, for a reason that the JobSet knows. */
export const failDisrupted = { rules: [{ action: "FailJob", onPodConditions: disrupted }] };

/** Of the JobSet: all of it starts again, and that uses up none of the restarts. */
export const restartDisrupted = [
  {
    name: "disrupted",
    action: "RestartJobSetAndIgnoreMaxRestarts",
    onJobFailureReasons: ["PodFailurePolicy"],
  },
];
