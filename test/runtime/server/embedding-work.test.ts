import { expect, test } from "vitest";
import { greedy } from "../../../runtime/engine/greedy.ts";
import { ApiError } from "../../../runtime/server/api-error.ts";
import { EmbeddingWork } from "../../../runtime/server/embedding-work.ts";
import { type Script, ScriptedEngine } from "../../support/runtime/scripted-engine.ts";

interface WorkCase {
  readonly inputs: number;
  readonly atOnce?: number;
  readonly requests?: number;
  readonly script?: (index: number) => Script;
}

function begin({ inputs, atOnce = 2, requests = 8, script = () => ({ tokens: "" }) }: WorkCase) {
  const engine = new ScriptedEngine({
    script: (_, index) => script(index),
    isStepped: true,
    facts: { requests },
  });
  const [taken, begun, told]: number[][] = [[], [], []];
  const request = {
    answerTokens: 0,
    pooling: "last",
    stopTokens: [],
    sampling: greedy,
    tenant: "a",
  } as const;
  const make = () =>
    new EmbeddingWork({
      engine,
      requests: Array.from({ length: inputs }, (_, index) => ({
        ...request,
        prompt: Int32Array.of(10 + index),
      })),
      atOnce,
      retrySeconds: () => 9,
      taken: (index) => taken?.push(index),
      begun: (index) => begun?.push(index),
      ended: (index) => told?.push(index),
    });
  return { engine, make, taken, begun, told };
}

test("a few at a time, and all in their order", async () => {
  const { engine, make, taken, begun, told } = begin({ inputs: 5 });
  const work = make();
  const open: number[] = [];
  while (engine.open > 0) {
    open.push(engine.open);
    engine.step();
  }
  const done = await work.done;
  expect(open).toEqual([2, 2, 1]);
  expect(done.map(({ embedding }) => embedding[0])).toEqual([10, 11, 12, 13, 14]);
  expect([taken, begun, told]).toEqual(Array(3).fill([0, 1, 2, 3, 4]));
});

test("where the queue is full it goes on with what it has", async () => {
  const { engine, make } = begin({ inputs: 5, atOnce: 4, requests: 1 });
  const work = make();
  while (engine.open > 0) engine.step();
  expect((await work.done).map(({ embedding }) => embedding[0])).toEqual([10, 11, 12, 13, 14]);
});

test("where not even the first is taken, it says why", () => {
  const { engine, make } = begin({ inputs: 2, requests: 0 });
  expect(make).toThrow(expect.objectContaining({ code: "queue_full", retrySeconds: 9 }));
  engine.isReady = false;
  expect(make).toThrow(expect.objectContaining({ code: "not_ready" }));
  expect(engine.requests).toEqual([]);
});

test.each([
  { end: "non-finite-logits", code: "non_finite_logits" },
  { end: "device-lost", code: "device_lost" },
  { end: "crowded-out", code: "crowded_out" },
  { end: "aborted", code: "internal_error" },
  { end: "length", code: "device_lost" },
] as const)("$end of one fails the work, and ends the others", async ({ end, code }) => {
  const { engine, make, told } = begin({
    inputs: 4,
    script: (index) => (index === 1 ? { tokens: "", end } : { tokens: "" }),
  });
  const work = make();
  engine.step();
  await expect(work.done).rejects.toMatchObject({ code });
  while (engine.open > 0) engine.step();
  expect([engine.requests.length, engine.aborts, told]).toEqual([3, 1, [0]]);
});

test("whoever leaves ends all of it, and nothing more is begun", async () => {
  const { engine, make } = begin({ inputs: 4 });
  const work = make();
  const gone = new ApiError("client_closed_request", "gone");
  work.fail(gone);
  work.fail(new ApiError("answer_timeout", "late"));
  while (engine.open > 0) engine.step();
  await expect(work.done).rejects.toBe(gone);
  expect([engine.requests.length, engine.aborts]).toEqual([2, 2]);
});

test("what is held is held in those that begin as well", async () => {
  const { engine, make } = begin({ inputs: 3, atOnce: 3, requests: 2 });
  const work = make();
  work.hold(true);
  engine.step();
  expect([engine.open, engine.holds]).toEqual([2, 2]);
  work.hold(false);
  while (engine.open > 0) engine.step();
  expect((await work.done).length).toBe(3);
});
