import { expect, test } from "vitest";
import { queueingBackends } from "../../../components/scheduling/backends.ts";
import { queueingFields } from "../../../components/scheduling/queueing-config.ts";

test("every backend that a configuration may name has an adapter", () => {
  const named = ["kueue", "volcano", "kai"].filter((name) => queueingFields.backend.safeParse(name).success);
  expect(Object.keys(queueingBackends)).toEqual(named);
});
