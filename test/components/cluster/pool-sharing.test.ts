import { expect, test } from "vitest";
import { sharingField } from "../../../components/cluster/pool-sharing.ts";

test.each([
  { case: "nothing said", input: undefined, want: { mode: "dedicated" } },
  {
    case: "replicas are renamed",
    input: { mode: "mps", replicas: 2 },
    want: { mode: "mps", replicas: 2, rename: true },
  },
  {
    case: "layouts",
    input: { mode: "mig", layouts: [{ nodes: 1, profiles: { "1g.10gb": 7 } }] },
    want: { mode: "mig", layouts: [{ nodes: 1, profiles: { "1g.10gb": 7 } }] },
  },
])("$case", ({ input, want }) => {
  expect(sharingField.parse(input)).toEqual(want);
});

test.each([
  { case: "one replica shares nothing", input: { mode: "time-slicing", replicas: 1 } },
  { case: "more replicas than MPS has clients", input: { mode: "mps", replicas: 49 } },
  { case: "no replicas", input: { mode: "mps" } },
  {
    case: "time-slicing and MPS at once",
    input: { mode: "time-slicing", replicas: 2, mps: { replicas: 2 } },
  },
  { case: "no layouts", input: { mode: "mig", layouts: [] } },
  {
    case: "more instances than a GPU has",
    input: { mode: "mig", layouts: [{ nodes: 1, profiles: { a: 8 } }] },
  },
  { case: "an unknown mode", input: { mode: "vgpu" } },
])("refused: $case", ({ input }) => {
  expect(sharingField.safeParse(input).success).toBe(false);
});

test("claims are on whole accelerators unless more is said; fields of other modes have no place", () => {
  expect(sharingField.parse({ mode: "dra" })).toEqual({ mode: "dra", devices: "whole" });
  expect(sharingField.safeParse({ mode: "dra", devices: "fractions" }).success).toBe(false);
  expect(sharingField.safeParse({ mode: "dra", schedulerProfile: "plinth-waste" }).success).toBe(false);
  const { error } = sharingField.safeParse({ mode: "dra", layouts: [] });
  expect(error?.issues.map(({ path, code }) => [path, code])).toEqual([[["layouts"], "custom"]]);
});
