import { expect, test } from "vitest";
import {
  failDisrupted,
  replaceDisrupted,
  restartDisrupted,
} from "../../../components/training/disruptions.ts";

const onPodConditions = [
  { type: "DisruptionTarget", status: "True" },
  { type: "TerminatedByKueue", status: "True" },
];

test("a Job replaces the pod; one of a set fails for the reason on which that restarts uncounted", () => {
  expect(replaceDisrupted).toEqual({ rules: [{ action: "Ignore", onPodConditions }] });
  expect(failDisrupted).toEqual({ rules: [{ action: "FailJob", onPodConditions }] });
  expect(restartDisrupted).toEqual([
    {
      name: "disrupted",
      action: "RestartJobSetAndIgnoreMaxRestarts",
      onJobFailureReasons: ["PodFailurePolicy"],
    },
  ]);
});
