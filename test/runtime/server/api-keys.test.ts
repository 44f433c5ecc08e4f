import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { KeyRing } from "../../../runtime/server/api-keys.ts";

const hash = (key: string) => createHash("sha256").update(key).digest("hex");
const limits = { concurrency: 2, requestsPerMinute: 60 };
const ring = new KeyRing([
  { name: "a", sha256: [hash("old"), hash("new")], priority: 0, ...limits },
  { name: "b", sha256: [hash("other")], priority: 5, ...limits },
]);

test.each([
  { key: "old", want: { tenant: "a", number: 1, priority: 0, limits } },
  { key: "new", want: { tenant: "a", number: 1, priority: 0, limits } },
  { key: "other", want: { tenant: "b", number: 2, priority: 5, limits } },
])("$key belongs to its tenant", ({ key, want }) => {
  expect(ring.callerOf(`Bearer ${key}`)).toEqual(want);
  expect(ring.callerOf(`bearer  ${key} `)).toEqual(want);
});

test.each([
  { given: undefined, message: "an API key is wanted" },
  { given: "Bearer", message: "an API key is wanted" },
  { given: "Basic old", message: "an API key is wanted" },
  { given: "Bearer old new", message: "an API key is wanted" },
  { given: "Bearer olD", message: "the API key is not known here" },
  { given: `Bearer ${hash("old")}`, message: "the API key is not known here" },
])("$given is refused", ({ given, message }) => {
  expect(() => ring.callerOf(given)).toThrow(message);
});

test("without keys everybody is one tenant", () => {
  expect(new KeyRing([]).callerOf(undefined)).toEqual({ tenant: "anonymous", number: 0, priority: 0 });
});

test("keys are exchanged: a tenant keeps its number, and nobody has one that another had", () => {
  const turning = new KeyRing([{ name: "a", sha256: [hash("1")], priority: 0, ...limits }]);
  const key = (name: string, secret: string) => ({ name, sha256: [hash(secret)], priority: 1, ...limits });
  turning.use([key("b", "2"), key("a", "3")]);
  const told = (secret: string) => turning.callerOf(`Bearer ${secret}`);
  expect([told("3").number, told("3").priority, told("2").number]).toEqual([1, 1, 2]);
  expect(() => told("1")).toThrow("the API key is not known here");
  expect(turning.tenants).toBe(2);
  turning.use([key("c", "4")]);
  expect(turning.tenants).toBe(1);
  turning.use([key("c", "4"), key("b", "5")]);
  expect([told("4").number, told("5").number]).toEqual([3, 2]);
});

test("where the last key was removed nobody is let in; where the first one comes nobody is without", () => {
  const turning = new KeyRing([]);
  turning.use([{ name: "a", sha256: [hash("1")], priority: 0, ...limits }]);
  expect(() => turning.callerOf(undefined)).toThrow("an API key is wanted");
  turning.use([]);
  expect(() => turning.callerOf(undefined)).toThrow("an API key is wanted");
  expect(() => turning.callerOf("Bearer 1")).toThrow("the API key is not known here");
});
