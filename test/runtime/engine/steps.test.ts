/** Steps in turns: one, or one and the one behind it. */
import { expect, test } from "vitest";
import { Steps } from "../../../runtime/engine/steps.ts";
import { FakeDevice } from "../../support/runtime/fake-device.ts";

function deviceFor(stepsAtOnce: 1 | 2): FakeDevice {
  const device = new FakeDevice();
  device.stepsAtOnce = stepsAtOnce;
  return device;
}

test.each([
  { stepsAtOnce: 1, isAhead: true },
  { stepsAtOnce: 2, isAhead: false },
] as const)("one at a time: $stepsAtOnce of the device, ahead $isAhead", ({ stepsAtOnce, isAhead }) => {
  const steps = new Steps(deviceFor(stepsAtOnce), isAhead);
  const { next } = steps;
  expect([steps.isComputing, steps.hasRoomBehind]).toEqual([false, false]);
  steps.begin();
  expect([steps.isComputing, steps.hasRoomBehind]).toEqual([true, false]);
  expect(() => steps.begin()).toThrow("no further step has room");
  expect(steps.finish(0)).toBe(next);
  expect([steps.isComputing, steps.next]).toEqual([false, next]);
});

test("two in turns, which end as they were begun", () => {
  const steps = new Steps(deviceFor(2), true);
  const first = steps.next;
  expect(steps.hasRoomBehind).toBe(false);
  steps.begin();
  const second = steps.next;
  expect([first === second, steps.hasRoomBehind]).toEqual([false, true]);
  steps.begin();
  expect(steps.hasRoomBehind).toBe(false);
  expect([steps.finish(0), steps.next]).toEqual([first, first]);
  expect([steps.isComputing, steps.hasRoomBehind]).toEqual([true, true]);
  expect([steps.finish(0), steps.isComputing]).toEqual([second, false]);
});

test("masks, adjustments and hidden states are in common, and all else is each step's own", () => {
  const steps = new Steps(deviceFor(2), true);
  const first = steps.next.batch;
  steps.begin();
  const second = steps.next.batch;
  const common = Object.entries(first).flatMap(([name, array]) =>
    typeof array === "object" && array === second[name as keyof typeof second] ? [name] : [],
  );
  expect(common.sort()).toEqual(["adjustAdd", "adjustScale", "adjustToken", "allowed", "pooled"]);
});

test("what a lost device computed is under way no more", () => {
  const steps = new Steps(deviceFor(2), true);
  steps.begin();
  steps.begin();
  steps.abandon();
  expect(steps.isComputing).toBe(false);
});
