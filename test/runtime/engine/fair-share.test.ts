import { expect, test } from "vitest";
import { FairShare } from "../../../runtime/engine/fair-share.ts";

test("counts what each has had", () => {
  const share = new FairShare();
  share.enter("red");
  share.charge("red", 12);
  share.charge("red", 1);
  expect([share.of("red"), share.of("blue")]).toEqual([13, 0]);
});

test("who comes later begins with the least of those that are there", () => {
  const share = new FairShare();
  share.enter("red");
  share.charge("red", 40);
  share.enter("green");
  expect(share.of("green")).toBe(40);
  share.charge("green", 5);
  share.enter("blue");
  expect(share.of("blue")).toBe(40);
});

test("who comes back keeps what it has had beyond that", () => {
  const share = new FairShare();
  share.enter("red");
  share.enter("blue");
  share.charge("red", 40);
  share.charge("blue", 5);
  share.leave("red");
  share.enter("red");
  expect(share.of("red")).toBe(40);
});

test("once nobody asks for anything, all begin anew", () => {
  const share = new FairShare();
  share.enter("red");
  share.enter("red");
  share.charge("red", 40);
  share.leave("red");
  expect(share.of("red")).toBe(40);
  share.leave("red");
  expect(share.of("red")).toBe(0);
});
