import { expect, test } from "vitest";
import { Backlog } from "../../../runtime/server/backlog.ts";

function backlog() {
  const clock = { now: 0 };
  return { made: new Backlog(() => clock.now), clock };
}

test("who is sent away waits for what waits already, at the pace of late", () => {
  const { made, clock } = backlog();
  expect(made.retrySeconds()).toBe(1);
  const begun = made.wait(900, 50);
  expect(made.retrySeconds()).toBe(1);
  clock.now += 1000;
  made.computed(100);
  expect(made.retrySeconds()).toBe(9);
  const other = made.wait(600, 50);
  expect(made.retrySeconds()).toBe(15);
  begun();
  begun();
  expect(made.retrySeconds()).toBe(6);
  other();
  expect(made.retrySeconds()).toBe(1);
});

test("answers count as long as they usually are, and no longer than was asked for", () => {
  const { made, clock } = backlog();
  for (let answer = 0; answer < 200; answer += 1) made.answered(400);
  made.wait(0, 10_000);
  clock.now += 1000;
  made.computed(20);
  expect(made.retrySeconds()).toBe(20);
  made.wait(0, 100);
  expect(made.retrySeconds()).toBe(25);
});

test("time without work is no slow work, and the bound holds", () => {
  const { made, clock } = backlog();
  made.wait(1900, 0);
  clock.now += 500;
  made.computed(500);
  clock.now += 3_600_000;
  made.computed(1000);
  expect(made.retrySeconds()).toBe(2);
  made.wait(1_000_000, 0);
  expect(made.retrySeconds()).toBe(60);
});
