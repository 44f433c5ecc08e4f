import { expect, test } from "vitest";
import { type Place, Places, type PlacesOptions } from "../../../runtime/server/places.ts";

const somebody = { tenant: "red", priority: 0 };
const another = { tenant: "blue", priority: 0 };
/** Of the usual answer: the first after a second, the others a tenth of a second after each other. */
const answerTokens = 11;

interface Case extends Partial<Pick<PlacesOptions, "waitSeconds" | "isShared">> {
  readonly sequences?: number;
  readonly requests?: number;
  /** Default: one answer was served, which had its place for two seconds. */
  readonly isMeasured?: boolean;
}

function begin({ sequences = 2, requests = 100, isMeasured = true, ...options }: Case = {}) {
  const clock = { now: 0 };
  const facts = { sequences, requests };
  const refused: string[] = [];
  const usual = { waitSeconds: 5, isShared: () => false, now: () => clock.now };
  const made = new Places({ facts, ...usual, ...options, refused: (reason) => refused.push(reason) });
  const running: Place[] = [];
  const wait = (count: number, comer = somebody, tokens = 1000) =>
    Array.from({ length: count }, () => made.take(comer, tokens));
  const run = (count: number, comer = somebody) => {
    for (const place of wait(count, comer)) {
      place.begun(0);
      running.push(place);
    }
  };
  /** What each of so many hears that come at once; those let in wait. */
  const ask = (count: number, comer = somebody) =>
    Array.from({ length: count }, () => {
      const refusal = made.refusal(comer);
      if (refusal === undefined) wait(1, comer);
      return refusal ?? "in";
    });
  if (isMeasured) {
    const place = made.take(somebody, answerTokens);
    clock.now += 500;
    place.begun(100);
    clock.now += 900;
    place.came(1);
    clock.now += 1000;
    place.came(answerTokens - 1);
    place.leave(true);
  }
  return { made, clock, running, refused, wait, run, ask };
}

test("whoever finds a place comes in, and others while their turn comes in time", () => {
  const { run, ask } = begin();
  run(2);
  // An answer has its place for two seconds, so that each second one of two places is free.
  expect(ask(8)).toEqual(["in", "in", "in", "in", 5, 6, 7, 8]);
});

test("who is refused hears why and when to come back, and is counted", () => {
  const { made, run, refused } = begin({ waitSeconds: 0.5 });
  run(2);
  const message = "every place is taken, and the wait for one would be longer than 0.5 seconds";
  const want = { code: "queue_full", message, retrySeconds: 1 };
  expect(() => made.check(somebody)).toThrow(expect.objectContaining(want));
  made.check(another);
  expect(refused).toEqual(["wait"]);
});

test("what was not measured refuses nobody, and those that may not wait wait for nothing", () => {
  const unmeasured = begin({ isMeasured: false });
  unmeasured.run(2);
  expect(unmeasured.ask(50)).toEqual(Array(50).fill("in"));
  const impatient = begin({ waitSeconds: 0, isMeasured: false });
  expect(impatient.ask(3)).toEqual(["in", "in", 1]);
});

test("where ever more come, places are given and nobody waits any more; a pause ends that", () => {
  const { made, clock, running, run, wait, ask } = begin();
  run(2);
  const waiting = wait(4);
  expect(ask(8)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
  for (const place of waiting) place.leave();
  // Nobody waits, but those that were sent away a moment ago are expected back.
  expect(made.refusal(somebody)).toBe(9);
  running[0]?.leave();
  expect(made.refusal(somebody)).toBeUndefined();
  run(1);
  expect(made.refusal(somebody)).toBe(10);
  clock.now += 10_000;
  expect(made.refusal(somebody)).toBeUndefined();
});

test("short answers are short waits", () => {
  const { made, run, wait } = begin();
  run(2);
  wait(7, somebody, 1);
  expect(made.refusal(somebody)).toBeUndefined();
  wait(1, somebody, 1);
  expect(made.refusal(somebody)).toBe(5);
});

test("a tenant does not hear of another's queue", () => {
  const { run, ask } = begin();
  run(2);
  expect(ask(6)).toEqual(["in", "in", "in", "in", 5, 6]);
  // The next place is its own, then they take turns: until the third has its turn, five answers are served.
  expect(ask(4, another)).toEqual(["in", "in", 5, 7]);
  expect(ask(1)).toEqual([9]);
});

test("whose tenant has no place comes in although nobody may wait, unless more urgent ones do", () => {
  const { run, ask, wait } = begin({ waitSeconds: 0 });
  run(2);
  expect([...ask(1), ...ask(2, another)]).toEqual([1, "in", 2]);
  wait(1, { tenant: "green", priority: -1 });
  expect(ask(1, { tenant: "white", priority: 0 })).toEqual([2]);
});

test("the urgent wait for each other alone", () => {
  const { run, ask } = begin();
  run(2);
  expect(ask(4)).toEqual(["in", "in", "in", "in"]);
  expect(ask(1, { tenant: "grey", priority: 1 })).toEqual([5]);
  expect(ask(5, { tenant: "red", priority: -1 })).toEqual(["in", "in", "in", "in", 5]);
});

test("a slow reader's place is another's while it is held", () => {
  const { made, run, running } = begin({ waitSeconds: 0 });
  run(2);
  running[0]?.hold(true);
  expect(made.refusal(somebody)).toBeUndefined();
  running[0]?.hold(false);
  expect(made.refusal(somebody)).toBe(1);
  running[0]?.hold(true);
  running[0]?.leave();
  running[0]?.hold(false);
  running[0]?.leave();
  expect(made.refusal(somebody)).toBeUndefined();
});

test("places that the engine has no memory for are none", () => {
  const { made, clock, run, wait } = begin({ sequences: 4 });
  run(1);
  wait(4);
  expect(made.refusal(somebody)).toBeUndefined();
  clock.now += 100_000;
  // Five at two seconds each, one after the other.
  expect(made.refusal(somebody)).toBe(10);
});

test("an embedding has its place until its prompt is computed", () => {
  const { made, clock, run } = begin({ sequences: 1, isMeasured: false });
  const place = made.take(somebody, 0);
  place.begun(0);
  clock.now += 2000;
  place.leave(true);
  // Of one that is given up nothing is learnt.
  const lost = made.take(somebody, 0);
  lost.begun(0);
  clock.now += 60_000;
  lost.leave();
  run(1);
  for (let input = 0; input < 2; input += 1) made.take(somebody, 0);
  expect(made.refusal(somebody)).toBe(6);
});

test("of the last that the engine takes, nobody has more than an even part where there are others", () => {
  const heavy = begin({ requests: 16, isMeasured: false, isShared: () => true });
  expect([...heavy.ask(15), ...heavy.ask(2, another)].slice(13)).toEqual(["in", 1, "in", "in"]);
  const alone = begin({ requests: 16, isMeasured: false });
  expect(alone.ask(16)).toEqual(Array(16).fill("in"));
});
