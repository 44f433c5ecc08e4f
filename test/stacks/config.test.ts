import { expect, test } from "vitest";
import { makeStack } from "../support/builders.ts";
import { localConfig } from "../support/local-stack.ts";
import { type Mistake, message, refusal } from "../support/refusals.ts";

const dnsForm = "lower-case letters, digits and dashes; begins with a letter and ends with a letter or digit";
const labelForm = "letters, digits, dashes, dots and underscores; begins and ends with a letter or digit";
const imageForm = "an image reference with a digest: name:tag@sha256:<64 hex digits>";
const accelerators =
  "one of nvidia-t4, nvidia-l4, nvidia-a10g, nvidia-a100-40gb, nvidia-a100-80gb, nvidia-l40s, " +
  "nvidia-h100-80gb-sxm, nvidia-h200-141gb-sxm, nvidia-b200-sxm, " +
  "google-tpu-v5e, google-tpu-v5p, google-tpu-v6e";
const jobFields =
  "only kind, name, team, pool, project, nodes, acceleratorsPerNode, profile, isolation, gpuMemoryGiB, " +
  "image, command, priority, retries, timeoutSeconds, elastic, minNodes, maxNodes, " +
  "processRestarts, checkpoints, topology, runSeconds";

const stackFields =
  "only environment, pricing, topology, provisioningClasses, pools, queueing, nodeHealth, prices, " +
  "teams, objectStore, training, jobs, notebooks, models, inferenceServers";

test("the stack that every row spoils once is valid", () => {
  expect(refusal(makeStack())).toBe("accepted");
});

test("defaults are filled in", () => {
  const { topology, queueing, teams, jobs } = localConfig(makeStack());
  expect(topology).toEqual({ nodesPerRack: 2, racksPerBlock: 4 });
  expect(queueing).toEqual({
    backend: "kueue",
    cohorts: ["platform"],
    fairSharing: false,
    cohortTree: [],
    elasticJobs: false,
    provisioning: [],
  });
  expect(teams[1]).toEqual({
    name: "vision",
    costCenter: "cc-2",
    podSecurity: "restricted",
    memberGroups: [],
    projects: [],
    maxPods: 1000,
    cohort: "platform",
    fairSharingWeight: 1,
    objectStore: false,
    quotas: [
      { pool: "h100", accelerators: 16, borrowingLimit: 0, lendingLimit: 8 },
      { pool: "l40s", accelerators: 8, borrowingLimit: 0 },
    ],
  });
  expect(jobs[0]).toMatchObject({ priority: "normal", retries: 3, timeoutSeconds: 604_800 });
});

const shape: Mistake[] = [
  {
    case: "unknown environment",
    spoil: (stack) => Object.assign(stack, { environment: "azure" }),
    want: [["environment"], '"azure"', "one of local, aws, gcp, onprem", "choose one of the allowed values"],
  },
  {
    case: "unknown field at the top",
    spoil: (stack) => Object.assign(stack, { team: [] }),
    want: [["team"], "an unknown field, team", stackFields, "did you mean teams?"],
  },
  {
    case: "unknown field of a pool",
    spoil: (stack) => Object.assign(stack.pools[0], { gpus: 8 }),
    want: [
      ["pools", 0, "gpus"],
      "an unknown field, gpus",
      "only name, accelerator, nodes, acceleratorsPerNode, sharing, fabric, sliceTopology, runtimeClass",
      "remove it",
    ],
  },
  {
    case: "wrong unit in a field's name",
    spoil: (stack) => Object.assign(stack.jobs[0], { timeoutHours: 4 }),
    want: [
      ["jobs", 0, "timeoutHours"],
      "an unknown field, timeoutHours",
      jobFields,
      "did you mean timeoutSeconds?",
    ],
  },
  {
    case: "unit in a value",
    spoil: (stack) => Object.assign(stack.jobs[0], { timeoutSeconds: "3600s" }),
    want: [
      ["jobs", 0, "timeoutSeconds"],
      '"3600s"',
      "a number",
      "write 3600 without quotes or a unit; the field's name says the unit",
    ],
  },
  {
    case: "no pools",
    spoil: (stack) => Object.assign(stack, { pools: undefined, teams: [], jobs: [] }),
    want: [["pools"], "nothing", "a list", "add this field"],
  },
  {
    case: "negative size",
    spoil: (stack) => Object.assign(stack.pools[1], { nodes: -2 }),
    want: [["pools", 1, "nodes"], "-2", "at least 1", "raise it to 1"],
  },
  {
    case: "half a node",
    spoil: (stack) => Object.assign(stack.pools[1], { nodes: 1.5 }),
    want: [["pools", 1, "nodes"], "1.5", "a whole number", "write a whole number"],
  },
  {
    case: "more nodes than a pool may have",
    spoil: (stack) => Object.assign(stack.pools[1], { nodes: 5000 }),
    want: [["pools", 1, "nodes"], "5000", "at most 1000", "lower it to 1000"],
  },
  {
    case: "unknown accelerator, nearly right (F18)",
    spoil: (stack) => Object.assign(stack.pools[0], { accelerator: "NVIDIA-H100-80GB-SXM" }),
    want: [
      ["pools", 0, "accelerator"],
      '"NVIDIA-H100-80GB-SXM"',
      accelerators,
      "did you mean nvidia-h100-80gb-sxm?",
    ],
  },
  {
    case: "unknown accelerator",
    spoil: (stack) => Object.assign(stack.pools[0], { accelerator: "amd-mi300x" }),
    want: [["pools", 0, "accelerator"], '"amd-mi300x"', accelerators, "choose one of the allowed values"],
  },
  {
    case: "a machine that does not exist",
    spoil: (stack) => Object.assign(stack.pools[1], { acceleratorsPerNode: 3 }),
    want: [
      ["pools", 1, "acceleratorsPerNode"],
      "3",
      "1, 4, 8: the machines with nvidia-l40s that the catalogue knows",
      "choose one of these counts, or add the machine to the hardware catalogue",
    ],
  },
  {
    case: "upper case in a name",
    spoil: (stack) => Object.assign(stack.jobs[0], { name: "PreTrain" }),
    want: [["jobs", 0, "name"], '"PreTrain"', dnsForm, "write it in the allowed form"],
  },
  {
    case: "a name that is too long",
    spoil: (stack) => Object.assign(stack.jobs[0], { name: "x".repeat(41) }),
    want: [["jobs", 0, "name"], `"${"x".repeat(41)}"`, "at most 40 characters", "shorten it"],
  },
  {
    case: "a cost centre that is no label",
    spoil: (stack) => Object.assign(stack.teams[0], { costCenter: "R & D" }),
    want: [["teams", 0, "costCenter"], '"R & D"', labelForm, "write it in the allowed form"],
  },
  {
    case: "no cost centre",
    spoil: (stack) => Object.assign(stack.teams[0], { costCenter: undefined }),
    want: [["teams", 0, "costCenter"], "nothing", "text", "add this field"],
  },
  {
    case: "privileged team",
    spoil: (stack) => Object.assign(stack.teams[0], { podSecurity: "privileged" }),
    want: [
      ["teams", 0, "podSecurity"],
      '"privileged"',
      "one of restricted, baseline",
      "choose one of the allowed values",
    ],
  },
  {
    case: "a team in no cohort",
    spoil: (stack) => Object.assign(stack.teams[0], { cohort: undefined }),
    want: [["teams", 0, "cohort"], "nothing", "text", "add this field"],
  },
  {
    case: "a team without a quota",
    spoil: (stack) => Object.assign(stack.teams[0], { quotas: [] }),
    want: [["teams", 0, "quotas"], "[]", "at least 1 entry", "add entries"],
  },
  {
    case: "negative quota",
    spoil: (stack) => Object.assign(stack.teams[0].quotas[0], { accelerators: -8 }),
    want: [["teams", 0, "quotas", 0, "accelerators"], "-8", "at least 0", "raise it to 0"],
  },
  {
    case: "no cohorts",
    spoil: (stack) => Object.assign(stack, { queueing: { cohorts: [] }, teams: [], jobs: [] }),
    want: [["queueing", "cohorts"], "[]", "at least 1 entry", "add entries"],
  },
  {
    case: "unknown queueing system",
    spoil: (stack) => Object.assign(stack.queueing, { backend: "slurm" }),
    want: [
      ["queueing", "backend"],
      '"slurm"',
      "one of kueue, volcano, kai",
      "choose one of the allowed values",
    ],
  },
  {
    case: "a time without bounds",
    spoil: (stack) => Object.assign(stack.queueing, { podsReady: { timeoutSeconds: 1_000_000 } }),
    want: [["queueing", "podsReady", "timeoutSeconds"], "1000000", "at most 86400", "lower it to 86400"],
  },
  {
    case: "an image without a digest",
    spoil: (stack) => Object.assign(stack.jobs[0], { image: "registry.k8s.io/pause:3.10" }),
    want: [["jobs", 0, "image"], '"registry.k8s.io/pause:3.10"', imageForm, "write it in the allowed form"],
  },
  {
    case: "unknown priority",
    spoil: (stack) => Object.assign(stack.jobs[0], { priority: "highest" }),
    want: [
      ["jobs", 0, "priority"],
      '"highest"',
      "one of low, normal, high",
      "choose one of the allowed values",
    ],
  },
  {
    case: "unknown network domain (F48)",
    spoil: (stack) => Object.assign(stack.jobs[0], { topology: { mode: "required", domain: "row" } }),
    want: [
      ["jobs", 0, "topology", "domain"],
      '"row"',
      "one of block, rack, nvlink, node",
      "choose one of the allowed values",
    ],
  },
  {
    case: "an empty rack",
    spoil: (stack) => Object.assign(stack, { topology: { nodesPerRack: 0 } }),
    want: [["topology", "nodesPerRack"], "0", "at least 1", "raise it to 1"],
  },
];

test.each(shape)("refused: $case", ({ spoil, want }) => {
  const stack = makeStack();
  spoil(stack);
  expect(refusal(stack)).toBe(message(want));
});

test("many mistakes of both kinds are told at once", () => {
  const stack = makeStack();
  Object.assign(stack.pools[1], { nodes: 0 });
  Object.assign(stack.teams[0], { cohort: "batch" });
  Object.assign(stack.teams[0].quotas[0], { accelerators: 24 });
  Object.assign(stack.teams[1], { costCentre: "cc-9" });
  Object.assign(stack.jobs[0], { nodes: 9 });
  Object.assign(stack, { colour: "blue" });
  expect(refusal(stack)).toBe(
    message(
      [["pools", 1, "nodes"], "0", "at least 1", "raise it to 1"],
      [
        ["teams", 1, "costCentre"],
        "an unknown field, costCentre",
        "only name, costCenter, podSecurity, memberGroups, projects, maxPods, cohort, fairSharingWeight, " +
          "objectStore, quotas, budgetUsdPerMonth",
        "did you mean costCenter?",
      ],
      [["colour"], "an unknown field, colour", stackFields, "remove it"],
      [["teams", 0, "cohort"], '"batch"', "one of platform", "declare batch, or name one that is declared"],
      [
        ["pools", 0, "nodes"],
        "40 accelerators promised in pool h100 (research 24, vision 16)",
        "at most 32 (4 nodes of 8)",
        "lower the quotas by 8 in all, or add 1 node",
      ],
      [
        ["jobs", 0, "nodes"],
        "9",
        "1 to 4, the nodes of pool h100",
        "lower nodes to 4, or add 5 nodes to pool h100",
      ],
      [
        ["jobs", 0, "nodes"],
        "72 accelerators (9 pods of 8)",
        "at most 32 for team research in pool h100 (24 own and 8 borrowed)",
        "make the job smaller, or raise the team's accelerators or borrowingLimit by 40",
      ],
    ),
  );
});

test.each([
  { case: "nothing", stack: {} },
  { case: "text", stack: "local" },
  { case: "a list", stack: [] },
  { case: "null", stack: null },
  { case: "lists of nonsense", stack: { environment: "local", pools: [null, 3], teams: "x", jobs: [[]] } },
])("$case is refused without breaking a rule", ({ stack }) => {
  expect(refusal(stack)).toMatch(/^stack "local": \d+ problems? in the configuration\n/);
});
