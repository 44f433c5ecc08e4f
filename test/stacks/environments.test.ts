import { expect, test } from "vitest";
import { awsPool } from "../../components/cluster/aws-pool.ts";
import { gcpPool } from "../../components/cluster/gcp-pool.ts";
import { localPool } from "../../components/cluster/local-pool.ts";
import { onpremPool } from "../../components/cluster/onprem-pool.ts";
import { environmentRules } from "../../stacks/environments.ts";

test("each environment says what its pools are, and the local one alone has a machine room", () => {
  expect(environmentRules("local").pool).toBe(localPool);
  expect(environmentRules("aws").pool).toBe(awsPool);
  expect(environmentRules("gcp").pool).toBe(gcpPool);
  expect(environmentRules("onprem").pool).toBe(onpremPool);
  const rooms = ["local", "aws", "gcp", "onprem"].map((name) => environmentRules(name).hasTopology);
  expect(rooms).toEqual([true, false, false, false]);
});

test.each([
  { stack: {}, want: [] },
  { stack: { provisioningClasses: ["check-capacity.example.org"] }, want: ["check-capacity.example.org"] },
  { stack: { provisioningClasses: ["Not A Name"] }, want: [] },
])("one machine orders nodes by the classes that its file says are answered: $stack", ({ stack, want }) => {
  expect(environmentRules("local").abilities(stack).provisioningClasses).toEqual(want);
});

test.each(["aws", "gcp", "onprem"])(
  "charts that a cluster can have depend on its mirror, as far as this is one: %s",
  (name) => {
    const { abilities } = environmentRules(name);
    const has = (stack: object) => abilities(stack).charts.includes("mpi");
    expect([{}, { chartMirror: "https://charts.example.org" }, { chartMirror: "charts" }].map(has)).toEqual([
      false,
      true,
      false,
    ]);
  },
);

test("what a pod can have of the platform's own nodes, where their machine is known", () => {
  const nodeOf = (name: string, stack: object = {}) =>
    environmentRules(name).inferencePlace?.(stack)?.node?.cpuMillis;
  expect(nodeOf("local")).toBe(8000);
  expect(nodeOf("aws")).toBe(3420);
  expect(nodeOf("gcp", { systemPool: { zones: ["us-central1-a"] } })).toBe(7410);
  expect(nodeOf("gcp", { systemPool: { zones: ["us-central1-a"], machine: "e2-standard-4" } })).toBe(3420);
  expect(nodeOf("gcp", { systemPool: "large" })).toBeUndefined();
  expect(nodeOf("onprem")).toBeUndefined();
});

test("an unknown one has the rules of the local one, and the schema tells the rest", () => {
  expect(environmentRules("azure")).toBe(environmentRules("local"));
  expect(environmentRules("local").problems({})).toEqual([]);
});
