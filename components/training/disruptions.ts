/** What becomes of a run whose pod is drained, evicted or lost with its node: no failure of its own. */

const disrupted = [{ type: "DisruptionTarget", status: "True" }];

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
