import { expect, test } from "vitest";
import { Admission, type Refusal } from "../../../runtime/server/admission.ts";
import type { Caller } from "../../../runtime/server/api-keys.ts";

function admission(requests: number, checkWait: (caller: Caller) => void = () => undefined) {
  const refusals: Refusal[] = [];
  const clock = { now: 0 };
  const made = new Admission({
    requests,
    now: () => clock.now,
    retrySeconds: () => 7,
    checkWait,
    refused: (reason) => refusals.push(reason),
  });
  return { admission: made, refusals, clock };
}

const anybody = { tenant: "anonymous", number: 0, priority: 0 };
const limited = { tenant: "a", number: 1, priority: 0, limits: { concurrency: 2, requestsPerMinute: 3 } };

test("so many requests are open and no more", () => {
  const { admission: door, refusals } = admission(2);
  const [{ leave }] = [door.enter(anybody), door.enter(anybody)];
  expect(() => door.enter(anybody)).toThrow("2 requests are open, and more are not taken");
  leave();
  leave();
  expect(door.open).toBe(1);
  door.enter(anybody);
  expect([door.open, refusals]).toEqual([2, ["requests"]]);
});

test("whoever would wait for too long does not come in, unless it asks for text alone", () => {
  const asked: string[] = [];
  const { admission: door } = admission(10, ({ tenant }) => {
    asked.push(tenant);
    if (asked.length > 1) throw new Error("too long");
  });
  door.enter(anybody);
  expect(() => door.enter(limited)).toThrow("too long");
  // Who is refused has used nothing of its own limits.
  for (let entered = 0; entered < 2; entered += 1) door.enter(limited, true);
  expect(() => door.enter(limited)).toThrow('"a" has 2 requests open, and its limit is 2');
  expect([door.open, asked]).toEqual([3, ["anonymous", "a"]]);
});

test("one key has its own limit of open requests", () => {
  const { admission: door, refusals } = admission(10);
  const { leave } = door.enter(limited);
  door.enter(limited);
  expect(() => door.enter(limited)).toThrow('"a" has 2 requests open, and its limit is 2');
  door.enter(anybody);
  leave();
  door.enter(limited);
  expect(refusals).toEqual(["concurrency"]);
});

test("one key has its own pace, and is told when the next may come", () => {
  const { admission: door, refusals, clock } = admission(10);
  for (let index = 0; index < 3; index += 1) door.enter(limited).leave();
  const refused = () => {
    try {
      door.enter(limited).leave();
    } catch (error) {
      return (error as { retrySeconds: number }).retrySeconds;
    }
    return "taken";
  };
  expect(refused()).toBe(20);
  clock.now += 15_000;
  expect(refused()).toBe(5);
  clock.now += 5_000;
  expect([refused(), refused()]).toEqual(["taken", 20]);
  clock.now += 3_600_000;
  expect([refused(), refused(), refused(), refused()]).toEqual(["taken", "taken", "taken", 20]);
  expect(refusals).toEqual(Array(4).fill("rate"));
});

test("a request counts as often as answers are made for it", () => {
  const { admission: door, refusals, clock } = admission(10);
  const entry = door.enter(limited);
  entry.countAnswers(1);
  const other = door.enter(limited);
  expect(() => other.countAnswers(2)).toThrow('"a" has 2 requests open, and its limit is 2');
  other.leave();
  entry.countAnswers(2);
  entry.countAnswers(2);
  expect(() => door.enter(limited)).toThrow('"a" has 2 requests open');
  entry.leave();
  expect(() => door.enter(limited)).toThrow('"a" may send 3 requests in a minute');
  clock.now += 20_000;
  expect(() => door.enter(limited).countAnswers(2)).toThrow('"a" may send 3 requests in a minute');
  expect(() => door.enter(anybody).countAnswers(1000)).not.toThrow();
  expect(refusals).toEqual(["concurrency", "concurrency", "rate", "rate"]);
});

test("more answers than ever are possible are no matter of time", () => {
  const { admission: door, refusals } = admission(10);
  const refusal = () => door.enter(limited).countAnswers(3);
  expect(refusal).toThrow('3 answers to one request, where "a" may have 2 at once');
  expect(refusal).toThrow(expect.objectContaining({ code: "invalid_value" }));
  expect(refusals).toEqual([]);
});

test("what is done at once takes what its key has left, and nothing of its pace", () => {
  const { admission: door, refusals } = admission(10);
  const five = { ...limited, limits: { concurrency: 5, requestsPerMinute: 3 } };
  const other = door.enter(five);
  const entry = door.enter(five);
  expect([entry.takePlaces(3), entry.takePlaces(16), entry.takePlaces(2)]).toEqual([3, 4, 2]);
  expect(() => door.enter(five)).toThrow('"a" has 5 requests open, and its limit is 5');
  entry.leave();
  expect(entry.takePlaces(5)).toBe(4);
  const last = door.enter(five);
  other.leave();
  last.leave();
  expect(() => door.enter(five)).toThrow('"a" may send 3 requests in a minute');
  expect(door.enter(anybody).takePlaces(1000)).toBe(1000);
  expect([door.open, refusals]).toEqual([1, ["concurrency", "rate"]]);
});

/** What a refusal says about when to come back. */
function waitOf(ask: () => unknown): number | undefined {
  try {
    ask();
  } catch (error) {
    return (error as { retrySeconds: number }).retrySeconds;
  }
  return undefined;
}

test("who is sent away because of others waits for them", () => {
  const { admission: door } = admission(1);
  door.enter(anybody);
  expect(waitOf(() => door.enter(anybody))).toBe(7);
});

test("who has too many open waits as long as requests usually take", () => {
  const { admission: door, clock } = admission(10);
  const patient = { ...limited, limits: { concurrency: 1, requestsPerMinute: 1_000_000 } };
  const late = (milliseconds: number) => {
    const { leave } = door.enter(patient);
    const wait = waitOf(() => door.enter(patient));
    clock.now += milliseconds;
    leave();
    return wait;
  };
  expect(late(8000)).toBe(1);
  for (let index = 0; index < 100; index += 1) late(8000);
  expect([late(10_000_000), late(0)]).toEqual([8, 60]);
});

test("once it is closed nobody comes in", () => {
  const { admission: door, refusals } = admission(10);
  const { leave } = door.enter(anybody);
  door.close();
  expect(() => door.enter(anybody)).toThrow("the server is being stopped");
  leave();
  expect([door.open, refusals]).toEqual([0, ["draining"]]);
});
