import { describe, expect, test } from "vitest";
import { fairRows, greedyRow, sharedGreed } from "../../../support/fair-sharing-rows.ts";
import { type Row, room } from "../../../support/queueing-row.ts";
import { plainRows, spare } from "../../../support/queueing-rows.ts";
import { SimulatedScenario, wantedStates } from "../../../support/simulated-scenario.ts";
import { nvlinkRow } from "../../../support/topology-rows.ts";

/** As in test/e2e/queueing.test.ts, where the real Kueue and the real scheduler play the same rows. */
const weights = { red: 1, blue: 1, gold: 2 };

describe("agrees with the real Kueue on every row, node by node", () => {
  test.each([...plainRows, nvlinkRow])("first come, first served: $case", (row) => void play(row, false));
  test.each([greedyRow])("first come, first served: $case", (row) => void play(row, false));
  test.each(fairRows)("fair sharing: $case", (row) => void play(row, true));

  test("what the first took alone is divided as soon as fair sharing is on", () => {
    const scenario = play(greedyRow, false);
    scenario.simulator.setFairSharing(true);
    scenario.simulator.settle();
    expect(scenario.states()).toEqual(wantedStates(sharedGreed));
  });
});

function play(row: Row, fairSharing: boolean): SimulatedScenario {
  const scenario = new SimulatedScenario([row, spare], { fairSharing, weights, room });
  for (const step of row.steps) {
    for (const job of step.submit ?? []) scenario.submit(job);
    for (const name of step.finish ?? []) scenario.finish(name);
    expect(scenario.states()).toEqual(wantedStates(step.want));
  }
  return scenario;
}
