import { expect, test } from "vitest";
import { seededRandom } from "../../../../components/planning/random.ts";
import { neededReplicas } from "../../../../components/planning/serving/replica-count.ts";
import type { ReplicaEngine } from "../../../../components/planning/serving/replica-engine.ts";
import { type TracedRequest, traceArrivals } from "../../../../components/planning/serving/request-trace.ts";
import {
  meetsObjective,
  replayedReplicas,
  replayTrace,
} from "../../../../components/planning/serving/trace-replay.ts";
import { engineOf } from "../../../support/serving/predicted.ts";
import { areTracesMissing, type PublicTrace, publicTrace } from "../../../support/serving/public-traces.ts";

/** 10 ms a step, 0.1 ms for each token of a prompt. */
const engine: ReplicaEngine = {
  timer: ({ promptTokens }) => 0.01 + 0.0001 * promptTokens,
  groups: 1,
  lanes: 1,
  batchedTokens: 4096,
  frontSeconds: 0,
  sequences: (tokens) => Math.floor(100_000 / tokens),
};

/** Ten minutes of independent requests, 30 a second. */
function synthetic(): TracedRequest[] {
  const random = seededRandom(7);
  let arrivalSeconds = 0;
  return Array.from({ length: 18_000 }, () => {
    arrivalSeconds += random.exponential(1 / 30);
    return { arrivalSeconds, promptTokens: 500 + random.below(1000), answerTokens: 20 + random.below(160) };
  });
}

const objective = { ttftSeconds: 0.5, tpotSeconds: 0.05 };

test("one request alone takes what its steps take", () => {
  expect(replayTrace(engine, [{ arrivalSeconds: 3, promptTokens: 1000, answerTokens: 11 }], 2)).toEqual({
    requests: 1,
    refused: 0,
    ttft: { mean: expect.closeTo(0.11, 9), p95: expect.closeTo(0.11, 9) },
    tpot: { mean: expect.closeTo(0.01, 9), p95: expect.closeTo(0.01, 9) },
  });
});

test("requests go where fewest prompts wait", () => {
  const together = Array.from({ length: 4 }, () => ({
    arrivalSeconds: 0,
    promptTokens: 4096,
    answerTokens: 1,
  }));
  expect(replayTrace(engine, together, 4).ttft.p95).toBeCloseTo(0.4196, 9);
  expect(replayTrace(engine, together, 2).ttft.p95).toBeCloseTo(2 * 0.4196, 9);
});

test("a request that fits nowhere is refused, and so is the objective", () => {
  const figures = replayTrace(engine, [{ arrivalSeconds: 0, promptTokens: 200_000, answerTokens: 1 }], 1);
  expect(figures).toMatchObject({ refused: 1, ttft: { p95: 0 } });
  expect(meetsObjective(figures, objective)).toBe(false);
  expect(
    replayedReplicas(engine, [{ arrivalSeconds: 0, promptTokens: 200_000, answerTokens: 1 }], objective),
  ).toBeUndefined();
});

test.each([
  { case: "first tokens", figures: { ttft: { mean: 0, p95: 0.51 } } },
  { case: "other tokens", figures: { tpot: { mean: 0, p95: 0.051 } } },
])("an objective is missed by $case alone", ({ figures }) => {
  const good = { requests: 1, refused: 0, ttft: { mean: 0, p95: 0.5 }, tpot: { mean: 0, p95: 0.05 } };
  expect(meetsObjective(good, objective)).toBe(true);
  expect(meetsObjective({ ...good, ...figures }, objective)).toBe(false);
});

test("a made-up trace: planned in closed form, met in the replay, and missed with one replica less", () => {
  const requests = synthetic();
  const planned = neededReplicas(engine, traceArrivals(requests), objective)?.replicas ?? 0;
  expect(planned).toBe(5);
  expect(meetsObjective(replayTrace(engine, requests, planned), objective)).toBe(true);
  expect(replayedReplicas(engine, requests, objective)).toBe(planned);
  expect(meetsObjective(replayTrace(engine, requests, planned - 1), objective)).toBe(false);
  expect(replayTrace(engine, requests, planned)).toEqual(replayTrace(engine, synthetic(), planned));
});

const llama8 = "meta-llama/Llama-3.1-8B-Instruct";
const llama70 = "meta-llama/Llama-3.1-70B-Instruct";

interface PublicRow {
  readonly trace: PublicTrace;
  readonly setup: Omit<Parameters<typeof engineOf>[0], "format">;
  readonly objective: { readonly ttftSeconds: number; readonly tpotSeconds: number };
  /** Found by replay, and in closed form from the trace's figures alone. */
  readonly replayed: number;
  readonly estimated: number;
}

test.skipIf(areTracesMissing).each<PublicRow>([
  {
    trace: "azure",
    setup: { accelerator: "nvidia-l4", model: llama8, tensor: 1 },
    objective: { ttftSeconds: 4, tpotSeconds: 0.3 },
    replayed: 6,
    estimated: 8,
  },
  {
    trace: "azure",
    setup: { accelerator: "nvidia-l40s", model: llama8, tensor: 1 },
    objective: { ttftSeconds: 2, tpotSeconds: 0.15 },
    replayed: 3,
    estimated: 3,
  },
  {
    trace: "azure",
    setup: { accelerator: "nvidia-h100-80gb-sxm", model: llama70, tensor: 4 },
    objective: { ttftSeconds: 1, tpotSeconds: 0.1 },
    replayed: 5,
    estimated: 4,
  },
  {
    trace: "mooncake",
    setup: { accelerator: "nvidia-h100-80gb-sxm", model: llama8, tensor: 1 },
    objective: { ttftSeconds: 5, tpotSeconds: 0.1 },
    replayed: 3,
    estimated: 3,
  },
  {
    trace: "mooncake",
    setup: { accelerator: "nvidia-l40s", model: llama8, tensor: 1 },
    objective: { ttftSeconds: 10, tpotSeconds: 0.15 },
    replayed: 6,
    estimated: 7,
  },
  {
    trace: "mooncake",
    setup: { accelerator: "nvidia-h100-80gb-sxm", model: llama70, tensor: 4 },
    objective: { ttftSeconds: 10, tpotSeconds: 0.15 },
    replayed: 4,
    estimated: 5,
  },
])(
  "$trace (needs ../shared/data, or PLINTH_REQUEST_TRACES) on $setup.accelerator: met, missed with one less",
  (row) => {
    const requests = publicTrace(row.trace);
    const replica = engineOf({ ...row.setup, format: "fp8" });
    const planned = replayedReplicas(replica, requests, row.objective) ?? 0;
    expect(planned).toBe(row.replayed);
    expect(meetsObjective(replayTrace(replica, requests, planned), row.objective)).toBe(true);
    expect(meetsObjective(replayTrace(replica, requests, planned - 1), row.objective)).toBe(false);
    expect(neededReplicas(replica, traceArrivals(requests), row.objective)?.replicas).toBe(row.estimated);
  },
  60_000,
);

test.skipIf(areTracesMissing)(
  "Mooncake (needs ../shared/data, or PLINTH_REQUEST_TRACES): what its first half asks for serves its second",
  () => {
    const requests = publicTrace("mooncake");
    const middle = (requests.at(-1)?.arrivalSeconds ?? 0) / 2;
    const replica = engineOf({ accelerator: "nvidia-l40s", model: llama8, tensor: 1, format: "fp8" });
    const wanted = { ttftSeconds: 10, tpotSeconds: 0.15 };
    const planned =
      replayedReplicas(
        replica,
        requests.filter((one) => one.arrivalSeconds < middle),
        wanted,
      ) ?? 0;
    const rest = requests.filter((one) => one.arrivalSeconds >= middle);
    expect(meetsObjective(replayTrace(replica, rest, planned), wanted)).toBe(true);
    expect(meetsObjective(replayTrace(replica, rest, planned - 1), wanted)).toBe(false);
  },
  60_000,
);
