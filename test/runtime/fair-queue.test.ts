import { expect, test } from "vitest";
import { FairQueue } from "../../runtime/fair-queue.ts";

function taken(queue: FairQueue<string>): string {
  const items: string[] = [];
  for (let item = queue.take(); item; item = queue.take()) items.push(item);
  expect(queue.size).toBe(0);
  return items.join(" ");
}

test("owners have a turn one after the other, each with its oldest first", () => {
  const queue = new FairQueue<string>(8);
  for (const item of ["a1", "a2", "a3", "b1", "b2", "c1"])
    expect(queue.add(item.slice(0, 1), item)).toBe(undefined);
  expect(queue.take()).toBe("a1");
  queue.add("d", "d1");
  expect(queue.size).toBe(6);
  expect(taken(queue)).toBe("b1 c1 a2 d1 b2 a3");
});

test("where all places are taken, the newest of who has most gives way", () => {
  const queue = new FairQueue<string>(4);
  for (const item of ["a1", "a2", "a3", "a4"]) queue.add("a", item);
  expect(queue.add("a", "a5")).toBe("a5");
  expect(queue.add("b", "b1")).toBe("a4");
  expect(queue.add("b", "b2")).toBe("a3");
  expect(queue.add("b", "b3")).toBe("b3");
  expect(queue.add("c", "c1")).toBe("a2");
  expect(queue.add("d", "d1")).toBe("b2");
  expect(queue.add("e", "e1")).toBe("e1");
  expect(queue.size).toBe(4);
  expect(taken(queue)).toBe("a1 b1 c1 d1");
});

test("what is removed does not wait any more, and an owner without anything has no turn", () => {
  const queue = new FairQueue<string>(4);
  for (const item of ["a1", "a2", "b1"]) queue.add(item.slice(0, 1), item);
  expect([...queue]).toEqual(["a1", "a2", "b1"]);
  expect(["a1", "b1", "never"].map((item) => queue.remove(item))).toEqual([true, true, false]);
  expect([...queue]).toEqual(["a2"]);
  expect(queue.size).toBe(1);
  expect(taken(queue)).toBe("a2");
});

test("where there are no places, nothing waits", () => {
  const queue = new FairQueue<string>(0);
  expect(queue.add("a", "a1")).toBe("a1");
  expect(taken(queue)).toBe("");
});
