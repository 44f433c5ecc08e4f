import { expect, test } from "vitest";
import { workerClusters } from "../../../embedded/status/worker-clusters.ts";

const active = (status: "True" | "False", message: string) => ({
  conditions: [{ type: "Active", status, reason: "Test", message }],
});

test("a cluster is connected once Kueue says so, and what hinders it is told", () => {
  expect(
    workerClusters([
      { metadata: { name: "east" }, status: active("True", "Connected") },
      { metadata: { name: "west" }, status: active("False", "connection refused") },
      { metadata: { name: "new" } },
    ]),
  ).toEqual([
    { name: "east", state: "Connected", reason: "Connected" },
    { name: "west", state: "Unreachable", reason: "connection refused" },
    { name: "new", state: "Unreachable", reason: "Kueue has not looked at it yet" },
  ]);
});
