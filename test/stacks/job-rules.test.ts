import { expect, test } from "vitest";
import type { Problem } from "../../components/planning/problem.ts";
import { poolDevices, type Sharing } from "../../components/planning/sharing.ts";
import { jobEntry } from "../../stacks/entries.ts";
import { jobProblems, type Surroundings } from "../../stacks/job-rules.ts";
import { placeholder as image } from "../support/builders.ts";
import { jobKinds, makeJob, type WrittenJob } from "../support/job-kinds.ts";
import { efa } from "../support/network.ts";

const pool = { path: ["pools", 0], name: "h100", nodes: 4, acceleratorsPerNode: 8 };
const accelerator = "nvidia-h100-80gb-sxm";
const dedicated: Sharing = { mode: "dedicated" };

function shared(sharing: Sharing) {
  const made = { ...pool, accelerator, sharing } as const;
  return { ...made, mode: sharing.mode, devices: poolDevices(made) };
}

const around: Surroundings = {
  backend: "kueue",
  elasticJobs: false,
  remotePools: [],
  projects: { research: ["vision"] },
  pools: [shared(dedicated)],
  quotas: [
    {
      path: ["teams", 0, "quotas", 0],
      team: "research",
      pool: "h100",
      cohort: "platform",
      accelerators: 32,
      borrowingLimit: 0,
    },
  ],
  teams: ["research"],
  storeTeams: [],
  readySeconds: 300,
  shape: { nodesPerRack: 2, racksPerBlock: 4 },
  controllers: ["jobset", "trainer", "lws", "kuberay", "mpi"],
  names: { pools: ["h100", "l40s"], teams: ["research"] },
};

const problems = (job: WrittenJob, other: Partial<Surroundings> = {}) =>
  jobProblems({ ...jobEntry.parse(job), path: ["jobs", 3] }, { ...around, ...other });

/** A job of the kind with pods of another size or number. */
function ofSize(kind: (typeof jobKinds)[number], size: { nodes?: number; acceleratorsPerNode?: number }) {
  const job = structuredClone(makeJob(kind)) as Record<string, unknown> & Sized;
  for (const sized of job.roles ?? job.workers ?? [job]) Object.assign(sized, size);
  return job as WrittenJob;
}

interface Sized {
  readonly roles?: readonly object[];
  readonly workers?: readonly object[];
}

test.each(jobKinds)("%s: nothing is wrong with a valid one", (kind) => {
  expect(problems(makeJob(kind))).toEqual([]);
});

test.each(jobKinds.filter((kind) => kind !== "gang"))("%s: its controller must be installed", (kind) => {
  const [problem, ...more] = problems(makeJob(kind), { controllers: [] });
  expect(more).toEqual([]);
  expect(problem).toMatchObject({ path: ["jobs", 3, "kind"], given: `"${kind}"` });
  expect(problem?.remedy).toMatch(/^add (jobset|trainer|lws|kuberay|mpi) to training\.controllers$/);
});

test.each(jobKinds)("%s: only a plain gang waits in a queue of another system", (kind) => {
  const found = problems(makeJob(kind), { backend: "volcano" });
  const want =
    kind === "gang"
      ? []
      : [{ path: ["jobs", 3, "kind"], remedy: 'make it a plain gang, or use backend "kueue"' }];
  expect(found.map(({ path, remedy }) => ({ path, remedy }))).toEqual(want);
});

test.each(jobKinds.filter((kind) => kind !== "gang"))("%s: its accelerators are whole ones", (kind) => {
  const sharing: Sharing = { mode: "mps", replicas: 2, rename: true };
  const [first] = problems(makeJob(kind), { pools: [shared(sharing)] });
  expect(first).toEqual({
    path: ["jobs", 3, "pool"],
    given: '"h100", whose accelerators are shared by mps',
    allowed: `a pool of dedicated accelerators, for a ${kind}`,
    remedy: "choose such a pool, or run a plain gang, which may ask for parts",
  });
});

test.each(jobKinds.filter((kind) => kind !== "gang"))("%s: it brings no claims", (kind) => {
  const sharing: Sharing = { mode: "dra", devices: "whole" };
  expect(problems(makeJob(kind), { pools: [shared(sharing)] })).toEqual([
    {
      path: ["jobs", 3, "pool"],
      given: '"h100", whose accelerators are shared by dra',
      allowed: `a pool of dedicated accelerators, for a ${kind}`,
      remedy: "choose such a pool, or run a plain gang, which may ask for parts",
    },
  ]);
});

const slices = { topology: "2x4", chipsPerHost: 4, hosts: 2, level: "cloud.google.com/gke-nodepool" };
const chips = { accelerator: "google-tpu-v5e", acceleratorsPerNode: 4, sharing: dedicated } as const;
const tpus: Surroundings["pools"] = [
  { ...pool, ...chips, mode: "dedicated", devices: poolDevices({ ...pool, ...chips }), slices },
];

test.each(jobKinds)("%s: has a whole slice of TPUs, or none", (kind) => {
  const resized = ofSize(kind, { acceleratorsPerNode: 4 });
  const refused = {
    path: ["jobs", 3, "pool"],
    given: '"h100", a pool of TPU slices',
    allowed: `a pool of GPUs for a ${kind}; slices are for gang, jobset, leaderworkerset`,
    remedy: "choose another pool, or make it one of these",
  };
  const isKnown = ["gang", "jobset", "leaderworkerset"].includes(kind);
  expect(problems(resized, { pools: tpus })).toEqual(isKnown ? [] : [refused]);
});

test("what is no slice, has a domain of its own or is NCCL's is told at once", () => {
  const role = {
    name: "trainer",
    nodes: 3,
    acceleratorsPerNode: 4,
    image,
    environment: { NCCL_DEBUG: "INFO" },
  };
  const job = makeJob("jobset", { roles: [role], topology: { mode: "required", domain: "rack" } });
  const found = problems(job, { pools: tpus });
  expect(found.map(({ path, given }) => [path.slice(2).join("."), given])).toEqual([
    ["roles.0.nodes", "3 nodes of 4"],
    ["topology", "a network domain"],
    ["roles.0.environment.NCCL_DEBUG", "NCCL_DEBUG"],
  ]);
});

test("a malformed list of controllers is the schema's to refuse", () => {
  expect(problems(makeJob("jobset"), { controllers: undefined })).toEqual([]);
});

test.each([
  { kind: "gang", path: [] },
  { kind: "trainjob", path: [] },
  { kind: "leaderworkerset", path: [] },
  { kind: "jobset", path: ["roles", 0] },
  { kind: "rayjob", path: ["workers", 0] },
  { kind: "raycluster", path: ["workers", 0] },
] as const)("$kind: more nodes than the pool has (F40)", ({ kind, path }) => {
  const [problem] = problems(ofSize(kind, { nodes: 5 }));
  expect(problem).toEqual({
    path: ["jobs", 3, ...path, "nodes"],
    given: "5",
    allowed: "1 to 4, the nodes of pool h100",
    remedy: "lower nodes to 4, or add 1 node to pool h100",
  } satisfies Problem);
});

test.each(jobKinds)("%s: pods that share nodes may be more than there are nodes", (kind) => {
  const quotas = around.quotas.map((quota) => ({ ...quota, borrowingLimit: 4 }));
  expect(problems(ofSize(kind, { nodes: 8, acceleratorsPerNode: 4 }))).toEqual([]);
  expect(problems(ofSize(kind, { nodes: 32, acceleratorsPerNode: 1 }))).toEqual([]);
  const [problem, ...more] = problems(ofSize(kind, { nodes: 9, acceleratorsPerNode: 4 }), { quotas });
  expect(more).toEqual([]);
  expect(problem).toMatchObject({
    given: "9",
    allowed: "1 to 8, the pods of 4 accelerators that fit pool h100 at once",
    remedy: "lower nodes to 8, or add 1 node to pool h100",
  });
});

test("each kind's own rules hold, at the job's place", () => {
  const job = makeJob("trainjob", { framework: "mpi", nodes: 1 });
  expect(problems(job).map(({ path }) => path)).toEqual([["jobs", 3, "nodes"]]);
});

test("a required domain must be large enough for each role (F48)", () => {
  const topology = { mode: "required", domain: "node" };
  expect(problems(makeJob("jobset", { topology })).map(({ given }) => given)).toEqual([
    "2 pods of 8 accelerators in one node",
  ]);
});

test("a team without a quota in the pool", () => {
  const names = { ...around.names };
  expect(problems(makeJob("jobset", { pool: "l40s" }), { names })).toEqual([
    {
      path: ["jobs", 3, "pool"],
      given: '"l40s"',
      allowed: "a pool where team research has a quota: h100",
      remedy: "give team research a quota in pool l40s, or run the job in one of these",
    },
  ]);
});

test.each(jobKinds)("%s: with half a network device, only a run of one pod can be had", (kind) => {
  const pools = [{ ...shared(dedicated), fabric: efa }];
  const small = { nodes: 2, acceleratorsPerNode: 1 };
  const parts = { roles: [{ name: "trainer", ...small, image }], workers: [{ name: "gpu", ...small }] };
  const own =
    kind === "jobset" ? { roles: parts.roles } : kind.startsWith("ray") ? { workers: parts.workers } : small;
  const found = problems(makeJob(kind, own), { pools });
  expect(found.map(({ given, remedy }) => [given, remedy])).toEqual([
    ["1", "ask for 2 per node, or run on one node"],
  ]);
});

test.each([
  { case: "a gang of one pod", job: makeJob("gang", { nodes: 1, acceleratorsPerNode: 1 }), want: 0 },
  {
    case: "a gang of one pod that may grow",
    job: makeJob("gang", { nodes: 1, acceleratorsPerNode: 1, elastic: true }),
    want: 1,
  },
  {
    case: "groups of one pod, which do not talk to each other",
    job: makeJob("leaderworkerset", { groups: 2, nodes: 1, acceleratorsPerNode: 1 }),
    want: 0,
  },
])("part of a network device: $case", ({ job, want }) => {
  const pools = [{ ...shared(dedicated), fabric: efa }];
  expect(problems(job, { pools, elasticJobs: true }).length).toBe(want);
});

test("a Ray cluster that scales needs queues whose jobs may", () => {
  const job = makeJob("raycluster", { autoscaling: {} });
  expect(problems(job, { elasticJobs: true })).toEqual([]);
  expect(problems(job, {}).map(({ path }) => path)).toEqual([["jobs", 3, "autoscaling"]]);
});

test.each(jobKinds.filter((kind) => kind !== "gang"))("%s: has no other size while it runs", (kind) => {
  const [issue] = jobEntry.safeParse(makeJob(kind, { elastic: true })).error?.issues ?? [];
  expect(issue).toMatchObject({ code: "unrecognized_keys", keys: ["elastic"], path: [] });
});

test("a gang's size is within its bounds", () => {
  const job = makeJob("gang", { elastic: true, minNodes: 3 });
  expect(problems(job, { elasticJobs: true })).toEqual([
    {
      path: ["jobs", 3, "minNodes"],
      given: "3",
      allowed: "1 to 2, the nodes of the gang",
      remedy: "lower minNodes, or raise nodes",
    },
  ]);
});

const elsewhere = "choose a pool that queueing.multiKueue does not name";
const unnamed = "in pool h100, whose jobs go to another cluster: their pods would not find each other there";
const manyPods = {
  path: ["jobs", 3, "nodes"],
  given: "2",
  allowed: `1 for a plain gang ${unnamed}`,
  remedy: `make it a jobset, which brings its pods names wherever it runs, or ${elsewhere}`,
};
const growing = {
  path: ["jobs", 3, "elastic"],
  given: "true",
  allowed: `false ${unnamed}`,
  remedy: `leave elastic out, or ${elsewhere}`,
};
const runtime = {
  path: ["jobs", 3, "kind"],
  given: "a trainjob",
  allowed:
    "a kind that needs no other object in pool h100, whose jobs go to another cluster: its runtime would not",
  remedy: `make it a jobset, or ${elsewhere}`,
};

test.each([
  { case: "a gang of one pod", job: makeJob("gang", { nodes: 1 }), want: [] },
  { case: "a gang of several pods", job: makeJob("gang"), want: [manyPods] },
  { case: "a gang that grows", job: makeJob("gang", { nodes: 1, elastic: true }), want: [growing] },
  { case: "an elastic gang", job: makeJob("gang", { elastic: true }), want: [manyPods, growing] },
  { case: "a trainjob", job: makeJob("trainjob"), want: [runtime] },
  { case: "a trainjob of one pod", job: makeJob("trainjob", { nodes: 1 }), want: [runtime] },
  { case: "a jobset", job: makeJob("jobset"), want: [] },
  { case: "a rayjob", job: makeJob("rayjob"), want: [] },
  { case: "a raycluster", job: makeJob("raycluster"), want: [] },
  { case: "a leaderworkerset", job: makeJob("leaderworkerset"), want: [] },
  { case: "an mpijob", job: makeJob("mpijob"), want: [] },
])("sent to another cluster: $case", ({ job, want }) => {
  expect(problems(job, { elasticJobs: true })).toEqual([]);
  expect(problems(job, { elasticJobs: true, remotePools: ["h100"] })).toEqual(want);
});

const saving = ["gang", "jobset", "trainjob", "rayjob", "mpijob"] as const;

test.each(saving)("%s: checkpoints need a store, and pods that go in time", (kind) => {
  const job = makeJob(kind, { checkpoints: { graceSeconds: 300 } });
  expect(problems(job).map(({ path }) => path.slice(2))).toEqual([
    ["checkpoints"],
    ["checkpoints", "graceSeconds"],
  ]);
  expect(problems(job, { storeTeams: ["research"], readySeconds: undefined })).toEqual([]);
});

test.each(jobKinds.filter((kind) => !saving.some((other) => other === kind)))("%s: saves nothing", (kind) => {
  expect(jobEntry.safeParse(makeJob(kind, { checkpoints: {} })).success).toBe(false);
});
