import { expect, test } from "vitest";
import { askedServers } from "../../stacks/inference-rules.ts";
import { makeStack } from "../support/builders.ts";
import { message, type Row, refusal } from "../support/refusals.ts";

const small = "meta-llama/Llama-3.2-1B-Instruct";
const chat = { name: "chat", team: "research", cpuCores: 1, kvCacheMiB: 64 };
const fast = { name: "fast", team: "vision", pool: "l40s", model: small };

const stackOf = (inferenceServers: object[], more: object = {}) => ({
  ...makeStack(),
  inferenceServers,
  ...more,
});

test("one on the processor and one on accelerators are accepted", () => {
  expect(refusal(stackOf([chat, fast]))).toBe("accepted");
});

const rows: { case: string; stack: object; want: Row }[] = [
  {
    case: "a team that nobody declared",
    stack: stackOf([{ ...chat, team: "physics" }]),
    want: [
      ["inferenceServers", 0, "team"],
      '"physics"',
      "one of research, vision",
      "declare physics, or name one that is declared",
    ],
  },
  {
    case: "a pool where the team has no quota",
    stack: stackOf([{ ...fast, team: "research" }]),
    want: [
      ["inferenceServers", 0, "pool"],
      '"l40s"',
      "a pool where team research has a quota: h100",
      "give team research a quota in pool l40s, or serve the model in one of these",
    ],
  },
  {
    case: "a pool whose jobs go to another cluster",
    stack: stackOf([fast], {
      queueing: {
        ...makeStack().queueing,
        multiKueue: { pools: ["l40s"], clusters: [{ name: "east", kubeconfigSecret: "east" }] },
      },
    }),
    want: [
      ["inferenceServers", 0, "pool"],
      '"l40s"',
      "a pool whose nodes are in this cluster: pods of a server would go to another, without their Service",
      "choose a pool that queueing.multiKueue does not name",
    ],
  },
  {
    case: "two of one name",
    stack: stackOf([chat, chat]),
    want: [
      ["inferenceServers", 1, "name"],
      '"chat", which entry 0 already has',
      "each name once",
      "rename one of the two, or merge them",
    ],
  },
  {
    case: "on accelerators, the name of a job",
    stack: stackOf([{ ...fast, name: "pretrain" }]),
    want: [
      ["inferenceServers", 0, "name"],
      '"pretrain", which a job or a notebook already has',
      "a name that no job and no notebook has",
      "rename one of the two",
    ],
  },
  {
    case: "a start for which its queue does not wait",
    stack: stackOf([chat, { ...fast, startSeconds: 600 }]),
    want: [
      ["inferenceServers", 1, "startSeconds"],
      "600",
      "at most 150: with 30 for its process, so long its queue waits for a pod",
      "raise queueing.podsReady.timeoutSeconds and recoverySeconds to 630, or lower it to 150",
    ],
  },
  {
    case: "more memory than the host node has",
    stack: stackOf([{ ...chat, kvCacheMiB: 16_000 }]),
    want: [
      ["inferenceServers", 0, "kvCacheMiB"],
      "16774 MiB: 1 of weights, 16000 of KV cache, 3 for a step, 770 for its processes",
      "at most 16384 MiB, the memory of a node",
      "lower kvCacheMiB or sequences, or take a smaller model",
    ],
  },
  {
    case: "cores that an update does not find",
    stack: stackOf([chat, { ...chat, name: "slow", cpuCores: 3 }]),
    want: [
      ["inferenceServers", 1, "replicas"],
      "7 cores: chat 1 times 1, slow 1 times 3, and 3 for one more while an update runs",
      "at most 6, which the platform's own programs leave",
      "lower replicas or cpuCores, here or of another server",
    ],
  },
  {
    case: "GPUs that others use at the same time",
    stack: stackOf([fast], {
      pools: makeStack().pools.map((pool) =>
        pool.name === "l40s" ? { ...pool, sharing: { mode: "time-slicing", replicas: 2 } } : pool,
      ),
    }),
    want: [
      ["inferenceServers", 0, "pool"],
      "pool l40s, whose accelerators several pods have at once by time-slicing",
      "whole accelerators or MIG slices: engine plinth takes its part of all memory",
      "choose another pool",
    ],
  },
  {
    case: "accelerators, in a stack whose queues do not hold its pods",
    stack: stackOf([fast], { jobs: [], queueing: { ...makeStack().queueing, backend: "volcano" } }),
    want: [
      ["inferenceServers", 0, "pool"],
      'a server on accelerators with backend "volcano"',
      "none: it would count its pods in nobody's quota",
      'use backend "kueue", or leave out the pool',
    ],
  },
  {
    case: "together more accelerators than the team owns",
    stack: stackOf([
      { ...fast, replicas: 5 },
      { ...fast, name: "slow", replicas: 4 },
    ]),
    want: [
      ["inferenceServers", 1, "pool"],
      "9 in pool l40s: fast 5, slow 4",
      "8, what team vision owns there",
      "raise the quota by 1, or serve one of them elsewhere",
    ],
  },
];

test.each([
  {
    case: "more accelerators than a node has",
    change: { tensor: 8 },
    want: ["tensor", "do       lower tensor to 4"],
  },
  {
    case: "more replicas than the team owns",
    change: { replicas: 9 },
    want: ["replicas", "do       raise the quota by 1, or lower replicas"],
  },
])("a server is told of fields that it has: $case", ({ change, want: [field, text] }) => {
  const told = refusal(stackOf([{ ...fast, ...change }]));
  expect(told).toContain(`  inferenceServers[0].${field}\n`);
  expect(told).toContain(text);
  expect(told).not.toContain("pipeline");
});

test.each(rows)("refused: $case", ({ stack, want }) => {
  expect(refusal(stack)).toBe(message(want));
});

test("a model that its pool does not hold is refused with what would", () => {
  const large = { ...fast, model: "meta-llama/Llama-3.1-70B-Instruct" };
  expect(refusal(stackOf([large]))).toMatch(/inferenceServers\[0\]\.pool[\s\S]*131\.4 GiB of weights/);
});

test("servers are counted with planned models of the same pool", () => {
  const models = [{ name: "plan", team: "vision", pool: "l40s", model: small, replicas: 4, context: 8192 }];
  const planned = models.map((model) => ({ ...model, headroom: { failover: 0 } }));
  expect(refusal(stackOf([{ ...fast, replicas: 5 }], { models: planned }))).toContain(
    "9 in pool l40s: plan 4, fast 5",
  );
});

test("those on the processor ask for no accelerators", () => {
  const server = { replicas: 1, sequences: 32, drainSeconds: 45, keys: [], path: ["inferenceServers", 0] };
  expect(askedServers([{ ...server, name: "chat", team: "research" }])).toEqual([]);
});
