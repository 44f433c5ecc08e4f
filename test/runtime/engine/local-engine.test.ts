/** The engine between other work of its process. */
import { expect, test, vi } from "vitest";
import type { Batch } from "../../../runtime/device/contract.ts";
import type { GrammarMatcher } from "../../../runtime/engine/grammar-matcher.ts";
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
  // One to begin the first step, and one for the end of each.
  expect(turns).toBe(9);
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

/** Its steps end when they are let go. */
class HeldDevice extends FakeDevice {
  isHeld = true;
  asked = 0;
  readonly events: string[] = [];

  override start(batch: Batch): void {
    this.events.push("begins");
    super.start(batch);
  }

  override finish(milliseconds: number): boolean {
    this.asked += 1;
    if (this.isHeld) return false;
    this.events.push("ends");
    return super.finish(milliseconds);
  }
}

const untilAsked = async (device: HeldDevice, times: number) => {
  for (const asked = device.asked; device.asked < asked + times; )
    await new Promise((resolve) => setImmediate(resolve));
};

test("who comes and goes while a step is computed is heard at once, and has its turn after it", async () => {
  const device = new HeldDevice();
  const engine = new LocalEngine({ device, ...rules });
  const first = taken(engine, requestOf([1]));
  const second = taken(engine, requestOf([2]));
  await untilAsked(device, 3);
  const later = [3, 4, 5].map((token) => taken(engine, requestOf([token])));
  later[1]?.generation.abort();
  first.generation.abort();
  second.generation.abort();
  await untilAsked(device, 3);
  expect([device.events, first.listener.ends]).toEqual([["begins"], []]);
  device.isHeld = false;
  const ends = await Promise.all([first, second, ...later].map(({ listener }) => listener.ended));
  expect(ends.map(({ reason, answerTokens }) => [reason, answerTokens])).toEqual([
    ["aborted", 1],
    ["aborted", 1],
    ["length", 8],
    ["aborted", 0],
    ["length", 8],
  ]);
  expect(later[2]?.listener.answer).toEqual(alone([5], 8));
  expect(device.steps[0]).toEqual([1, 1]);
  expect(engine.stats().usedBlocks).toBe(0);
});

test("whose mask is late is left out of steps until it is there, and others go on", async () => {
  const device = new FakeDevice();
  const engine = new LocalEngine({ device, ...rules });
  let [isReady, waits] = [true, 0];
  const matcher: GrammarMatcher = {
    fillMask: (mask, offset) => void mask.fill(0x55555555, offset, offset + 2),
    accept: () => {
      isReady = false;
      return true;
    },
    get isReady() {
      return isReady;
    },
    wait: () => {
      waits += 1;
      return 1;
    },
    isDone: false,
    dispose: () => undefined,
  };
  const masked = new Listener();
  engine.submit(requestOf([1]), masked, matcher);
  const other = taken(engine, requestOf([2])).listener;
  await other.ended;
  expect([other.answer, masked.heard.length]).toEqual([alone([2], 8), 1]);
  expect(device.steps).toEqual([[1, 1], ...Array(7).fill([1])]);
  // One for each step after its first token, and one for the turn that found nothing to compute.
  expect(waits).toBe(8);
  for (let told = 2; told <= 8; told += 1) {
    isReady = true;
    while (masked.heard.length < told) await new Promise((resolve) => setImmediate(resolve));
    expect(masked.heard).toHaveLength(told);
  }
  expect((await masked.ended).reason).toBe("length");
  expect(masked.answer.filter((token) => token % 2 === 1)).toEqual([]);
});

test("a mask that comes when the turn has found nothing to compute has a turn of its own", async () => {
  let [isReady, accepted] = [true, 0];
  const matcher: GrammarMatcher = {
    fillMask: (mask, offset) => void mask.fill(-1, offset, offset + 2),
    accept: () => {
      isReady = false;
      accepted += 1;
      return true;
    },
    get isReady() {
      return isReady;
    },
    isDone: false,
    dispose: () => undefined,
  };
  const afterTurn = () => {
    // Its thread answers now, behind the scheduler's back.
    isReady = true;
  };
  const engine = new LocalEngine({ device: new FakeDevice(), ...rules, afterTurn });
  const listener = new Listener();
  engine.submit(requestOf([1]), listener, matcher);
  // Turns are counted, not seconds: an engine that has forgotten it takes none.
  for (let turns = 0; turns < 200 && listener.ends.length === 0; turns += 1)
    await new Promise((resolve) => setTimeout(resolve, 1));
  expect(listener.answer).toEqual(alone([1], 8));
  expect([accepted, listener.ends[0]?.reason]).toEqual([8, "length"]);
});

test("what a step brought is told while the next one is computed", async () => {
  const device = new HeldDevice();
  device.isHeld = false;
  const { events } = device;
  const engine = new LocalEngine({ device, ...rules, afterTurn: () => events.push("turn") });
  const end = new Promise((resolve) => {
    const tokens = () => void events.push("told");
    engine.submit(requestOf([1], { answerTokens: 3 }), { tokens, end: resolve });
  });
  await end;
  const step = ["ends", "begins", "told", "turn"];
  expect(events).toEqual(["begins", "turn", ...step, ...step, "ends", "told", "turn"]);
});

test("a step is begun ahead as soon as the one before has begun, and before anything is told", async () => {
  // No step takes long, however busy the machine is.
  const clock = vi.spyOn(performance, "now").mockReturnValue(1000);
  const device = new HeldDevice();
  Object.assign(device, { isHeld: false, stepsAtOnce: 2 });
  const { events } = device;
  const engine = new LocalEngine({ device, ...rules, isSchedulingAhead: true });
  await new Promise((resolve) => {
    const tokens = () => void events.push("told");
    engine.submit(requestOf([1], { answerTokens: 4 }), { tokens, end: resolve });
  });
  clock.mockRestore();
  const first = ["begins", "ends", "begins", "begins", "told"];
  expect(events).toEqual([...first, "ends", "begins", "told", "ends", "told", "ends", "told"]);
});

test("behind a step of more than five milliseconds none is begun ahead", async () => {
  let now = 1000;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  const device = new HeldDevice();
  device.stepsAtOnce = 2;
  const engine = new LocalEngine({ device, ...rules, isSchedulingAhead: true });
  const { listener } = taken(engine, requestOf([1]));
  const tookMilliseconds = async (milliseconds: number, told: number) => {
    await untilAsked(device, 1);
    now += milliseconds;
    device.isHeld = false;
    while (listener.heard.length < told) await new Promise((resolve) => setImmediate(resolve));
    device.isHeld = true;
  };
  await tookMilliseconds(5.1, 1);
  expect(device.events).toEqual(["begins", "ends", "begins"]);
  await tookMilliseconds(5, 2);
  expect(device.events.slice(3)).toEqual(["ends", "begins", "begins"]);
  device.isHeld = false;
  await listener.ended;
  clock.mockRestore();
  expect(listener.answer).toEqual(alone([1], 8));
});

test("a device whose step does not end is lost", async () => {
  const errors: unknown[] = [];
  const onLost = (error: unknown) => errors.push(error);
  const engine = new LocalEngine({ device: new HeldDevice(), ...rules, stepSeconds: 0.02, onLost });
  const { listener } = taken(engine, requestOf([1]));
  expect((await listener.ended).reason).toBe("device-lost");
  expect(errors.map(String)).toEqual(["Error: a step has not ended after 0.02 s"]);
  expect(engine.isReady).toBe(false);
});

test("an engine that is closed within a step ends all that it had", async () => {
  const device = new HeldDevice();
  const engine = new LocalEngine({ device, ...rules });
  const { listener } = taken(engine, requestOf([1]));
  await untilAsked(device, 2);
  const late = taken(engine, requestOf([2]));
  await engine.close();
  expect([listener, late.listener].map(({ ends }) => ends[0]?.reason)).toEqual([
    "device-lost",
    "device-lost",
  ]);
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
