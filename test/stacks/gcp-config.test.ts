import { expect, test } from "vitest";
import { gcpPool } from "../../components/cluster/gcp-pool.ts";
import { parseConfig } from "../../components/config.ts";
import { stackConfig } from "../../stacks/config.ts";
import { gcpStackProblems } from "../../stacks/gcp-config.ts";
import { gcpConfig, makeGcpStack } from "../support/gcp-stack.ts";

type Stack = ReturnType<typeof makeGcpStack>;

/** Paths that a refusal names, in its order. */
function refused(spoil: (stack: Stack) => void): string[] {
  const stack = makeGcpStack();
  spoil(stack);
  try {
    parseConfig(stackConfig, stack, "stack");
  } catch (error) {
    return [...String((error as Error).message).matchAll(/^ {2}(\S+)$/gm)].map(([, path = ""]) => path);
  }
  return [];
}

test("the stack that is shipped is valid, and its pools are complete", () => {
  const pools = gcpConfig(makeGcpStack()).pools.map((pool) => gcpPool.parse(pool));
  expect(
    pools.map(({ name, accelerator, acceleratorsPerNode }) => [name, accelerator, acceleratorsPerNode]),
  ).toEqual([
    ["h100", "nvidia-h100-80gb-sxm", 8],
    ["l4", "nvidia-l4", 2],
    ["tpu", "google-tpu-v5e", 4],
  ]);
});

test.each<{ case: string; spoil: (stack: Stack) => void; want: string[] }>([
  {
    case: "a zone of another region, and one that does not sell the machine (F100)",
    spoil: (stack) => Object.assign(stack.pools[0], { zones: ["us-east7-a"] }),
    want: ["pools[0].zones[0]"],
  },
  {
    case: "a quota short by one (F98)",
    spoil: (stack) => Object.assign(stack.quotas[0], { accelerators: 31 }),
    want: ["quotas[0].accelerators"],
  },
  {
    case: "a team's quota in a pool that is smaller",
    spoil: (stack) => Object.assign(stack.pools[0], { nodes: 3 }),
    want: ["pools[0].nodes"],
  },
  {
    case: "a field of another environment",
    spoil: (stack) => Object.assign(stack.pools[0], { accelerator: "nvidia-h100-80gb-sxm" }),
    want: ["pools[0].accelerator"],
  },
  {
    case: "a store that the stack does not have",
    spoil: (stack) => delete stack.objectStore,
    want: ["teams[0].objectStore"],
  },
  {
    case: "a job larger than its pool (F40)",
    spoil: (stack) => Object.assign(stack.jobs[0], { nodes: 5 }),
    want: ["jobs[0].nodes", "jobs[0].nodes"],
  },
  {
    case: "too little time for maintenance",
    spoil: (stack) => Object.assign(stack, { maintenance: { days: ["SU"] } }),
    want: ["maintenance.hours"],
  },
])("$case is refused at its place", ({ spoil, want }) => {
  expect(refused(spoil)).toEqual(want);
});

test("every mistake is told at once, in whatever sections they are", () => {
  const spoil = (stack: Stack) => {
    stack.pools[1].nodes = 3;
    stack.systemPool.zones = ["us-east4-a"];
    stack.teams[0].cohort = "nobody";
  };
  expect(refused(spoil)).toEqual(
    expect.arrayContaining(["pools[1].nodes", "systemPool.zones[0]", "teams[0].cohort"]),
  );
});

test("of a stack without a cluster the rest is told", () => {
  expect(gcpStackProblems({ ...makeGcpStack(), region: 1 })).toEqual([]);
});
