import { expect, test } from "vitest";
import { schedulerNames } from "../../../components/catalogue/schedulers.ts";

test("a pod that names no scheduler gets the first, and every name is one that Kubernetes accepts", () => {
  const names = Object.values(schedulerNames);
  expect(names[0]).toBe("default-scheduler");
  expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});
