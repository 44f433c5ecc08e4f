import { expect, test } from "vitest";
import { nodeHealthSettings } from "../../../controllers/node-health/settings.ts";

test("without a word: a minute of grace, ten to leave, five to be believed, one node at a time", () => {
  expect(nodeHealthSettings.parse({})).toEqual({
    graceSeconds: 60,
    drainTimeoutSeconds: 600,
    healthySeconds: 300,
    maxUnavailable: 1,
  });
});

test.each([
  { case: "no grace at all", spoiled: { graceSeconds: 0 } },
  { case: "no time to leave", spoiled: { drainTimeoutSeconds: 4 } },
  { case: "believed at once", spoiled: { healthySeconds: 0 } },
  { case: "nothing may ever be drained", spoiled: { maxUnavailable: 0 } },
  { case: "half a second", spoiled: { graceSeconds: 1.5 } },
  { case: "an unknown field", spoiled: { grace: 60 } },
  { case: "labels for one repair only", spoiled: { repairLabels: { reset: {} } } },
])("refused: $case", ({ spoiled }) => {
  expect(nodeHealthSettings.safeParse(spoiled).success).toBe(false);
});
