/** The engine between other work of its process. */
import { expect, test } from "vitest";
import { LocalEngine } from "../../../runtime/engine/local-engine.ts";
import { alone, FakeDevice } from "../../support/runtime/fake-device.ts";
import { Listener, requestOf, taken } from "../../support/runtime/requests.ts";

const rules = { waiting: 100, spareFraction: 0, preemptions: 10 };

test("requests are answered together, with turns for others between two steps", async () => {
  const device = new FakeDevice();
  let turns = 0;
  const engine = new LocalEngine({ device, ...rules, afterTurn: () => (turns += 1) });
  const [one, other] = [[1], [2, 3]].map((prompt) => taken(engine, requestOf(prompt)).listener);
  expect(device.steps).toEqual([]);
  await Promise.all([one?.ended, other?.ended]);
  expect(one?.answer).toEqual(alone([1], 8));
  expect(other?.answer).toEqual(alone([2, 3], 8));
  expect(device.steps).toHaveLength(8);
  expect(turns).toBe(8);
});

test("a held one goes on when it is let go", async () => {
  const engine = new LocalEngine({ device: new FakeDevice(), ...rules });
  const { listener, generation } = taken(engine, requestOf([1]));
  generation.hold(true);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(listener.heard).toEqual([]);
  generation.hold(false);
  await listener.ended;
  expect(listener.answer).toEqual(alone([1], 8));
});

test("an abort is told without a step", () => {
  const device = new FakeDevice();
  let turns = 0;
  const engine = new LocalEngine({ device, ...rules, afterTurn: () => (turns += 1) });
  const { listener, generation } = taken(engine, requestOf([1]));
  generation.abort();
  expect(listener.ends[0]?.reason).toBe("aborted");
  expect([turns, device.steps.length]).toEqual([1, 0]);
});

test("when one is held or leaves, who waited for its place runs", async () => {
  const engine = new LocalEngine({ device: new FakeDevice(64, { sequences: 1 }), ...rules });
  const first = taken(engine, requestOf([1], { answerTokens: 60 }));
  await new Promise((resolve) => setImmediate(resolve));
  const held = taken(engine, requestOf([3]));
  first.generation.hold(true);
  await held.listener.ended;
  first.generation.hold(false);
  await new Promise((resolve) => setImmediate(resolve));
  expect(first.listener.ends).toEqual([]);
  const second = taken(engine, requestOf([2]));
  first.generation.abort();
  await second.listener.ended;
  expect(second.listener.answer).toEqual(alone([2], 8));
});

test("a device that fails ends all that it had, and takes nothing more", async () => {
  const device = new FakeDevice();
  device.failsAt = 3;
  const errors: unknown[] = [];
  const engine = new LocalEngine({ device, ...rules, onLost: (error) => errors.push(error) });
  const listeners = [[1], [2]].map((prompt) => taken(engine, requestOf(prompt)).listener);
  const ends = await Promise.all(listeners.map(({ ended }) => ended));
  expect(ends.map(({ reason, answerTokens }) => [reason, answerTokens])).toEqual([
    ["device-lost", 2],
    ["device-lost", 2],
  ]);
  expect(errors.map(String)).toEqual(["Error: the device fell off the bus"]);
  expect(engine.isReady).toBe(false);
  expect(engine.submit(requestOf([1]), new Listener())).toEqual({ admission: "unavailable" });
});

test("closing ends all and frees the device, once", async () => {
  const device = new FakeDevice();
  const engine = new LocalEngine({ device, ...rules });
  const { listener } = taken(engine, requestOf([1]));
  await engine.close();
  await engine.close();
  expect(listener.ends.map(({ reason }) => reason)).toEqual(["device-lost"]);
  expect(device.isClosed).toBe(true);
});
