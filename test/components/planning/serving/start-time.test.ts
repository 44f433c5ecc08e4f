import { expect, test } from "vitest";
import {
  readyWithinSeconds,
  startProblems,
  startSecondsMin,
  startSecondsOf,
} from "../../../../components/planning/serving/start-time.ts";
import { engineSettings } from "../../../../runtime/engine-settings.ts";

const path = ["inferenceServers", 0];
const kueue = { readySeconds: 300, recoverySeconds: 180 };

test("where nobody waits, as the runtime does by itself", () => {
  expect(startSecondsOf({})).toBe(engineSettings.parse({ model: "m" }).startSeconds);
  expect(startProblems({ path, startSeconds: 7200 })).toEqual([]);
});

test.each([
  { wait: kueue, want: 150 },
  { wait: { readySeconds: 120, recoverySeconds: 180 }, want: 90 },
  { wait: { readySeconds: 3600, recoverySeconds: 3600 }, want: 600 },
  { wait: { readySeconds: 10, recoverySeconds: 10 }, want: startSecondsMin },
])("where nothing is said, what the queue waits for: $want", ({ wait, want }) => {
  expect(startSecondsOf({}, wait)).toBe(want);
  expect(startSecondsOf({ startSeconds: 700 }, wait)).toBe(700);
});

test("a pod is ready before its queue takes it back", () => {
  expect(readyWithinSeconds(startSecondsOf({}, kueue))).toBe(180);
  expect(startProblems({ path }, kueue)).toEqual([]);
  expect(startProblems({ path, startSeconds: 150 }, kueue)).toEqual([]);
  expect(startProblems({ path, startSeconds: 151 }, kueue)).toEqual([
    {
      path: [...path, "startSeconds"],
      given: "151",
      allowed: "at most 150: with 30 for its process, so long its queue waits for a pod",
      remedy: "raise queueing.podsReady.timeoutSeconds and recoverySeconds to 181, or lower it to 150",
    },
  ]);
});

test("a queue that waits for no server at all is not told to be met", () => {
  expect(startProblems({ path }, { readySeconds: 40, recoverySeconds: 180 })).toEqual([
    expect.objectContaining({
      given: "30",
      remedy: "raise queueing.podsReady.timeoutSeconds and recoverySeconds to 60",
    }),
  ]);
});
