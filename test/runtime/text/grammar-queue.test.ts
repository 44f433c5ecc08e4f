import { expect, test } from "vitest";
import { type GrammarJob, GrammarQueue } from "../../../runtime/text/grammar-queue.ts";
import { SharedMatcher } from "../../../runtime/text/shared-matcher.ts";

const thread = { stopTokens: new Set<number>(), isBusy: false, ring: () => undefined, drop: () => undefined };
let lastId = 0;

function jobOf(key: string, change: Partial<GrammarJob> = {}): GrammarJob {
  lastId += 1;
  const source = { type: "ebnf", grammar: key } as const;
  const job = { id: lastId, source, key, tenant: key.slice(0, 1), matcher: new SharedMatcher(thread) };
  return { ...job, done: () => undefined, lateTimes: 0, isAgain: false, ...change };
}

function taken(queue: GrammarQueue): string {
  const keys: string[] = [];
  for (let job = queue.take(); job; job = queue.take()) keys.push(job.key);
  return keys.join(" ");
}

test("tenants have a turn one after the other, behind all whose answers are under way", () => {
  const queue = new GrammarQueue(8);
  for (const key of ["a1", "a2", "a3", "b1", "c1"]) expect(queue.add(jobOf(key))).toBeUndefined();
  expect(queue.isNextNew).toBe(true);
  queue.setAgain([jobOf("slow", { isAgain: true, lateTimes: 1 }), jobOf("quick", { isAgain: true })]);
  expect(queue.isNextNew).toBe(false);
  expect(taken(queue)).toBe("quick slow a1 b1 c1 a2 a3");
  expect(queue.isNextNew).toBe(false);
});

test("where too many wait, the newest of who has most gives way; answers under way count for none", () => {
  const queue = new GrammarQueue(3);
  queue.setAgain([jobOf("old", { isAgain: true })]);
  for (const key of ["a1", "a2", "a3"]) queue.add(jobOf(key));
  expect(queue.add(jobOf("a4"))?.key).toBe("a4");
  expect(queue.add(jobOf("b1"))?.key).toBe("a3");
  expect(taken(queue)).toBe("old a1 b1 a2");
});

test("what is taken out waits no more", () => {
  const queue = new GrammarQueue(8);
  const [old, first, second] = [jobOf("old", { isAgain: true }), jobOf("a1"), jobOf("a2")];
  queue.setAgain([old]);
  queue.add(first);
  queue.add(second);
  expect([queue.remove(first), queue.remove(old), queue.remove(old)]).toEqual([true, true, false]);
  expect(taken(queue)).toBe("a2");
});

test("those that are alike are taken out together, but for answers under way", () => {
  const queue = new GrammarQueue(8);
  queue.setAgain([jobOf("same", { isAgain: true })]);
  const alike = [jobOf("same", { tenant: "a" }), jobOf("same", { tenant: "b" })];
  for (const job of [...alike, jobOf("a1"), jobOf("b1")]) queue.add(job);
  expect(queue.takeAlike("same")).toEqual(alike);
  expect(taken(queue)).toBe("same a1 b1");
});
