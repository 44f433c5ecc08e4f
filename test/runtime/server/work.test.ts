import { expect, test } from "vitest";
import type { FinishReason } from "../../../runtime/engine/contract.ts";
import { ApiError } from "../../../runtime/server/api-error.ts";
import { samplingOf } from "../../../runtime/server/generation-fields.ts";
import { type ChoiceEnd, Work } from "../../../runtime/server/work.ts";
import { byteText } from "../../support/runtime/byte-text.ts";
import { type Script, ScriptedEngine } from "../../support/runtime/scripted-engine.ts";

interface WorkCase {
  readonly scripts: readonly Script[];
  readonly stops?: readonly string[];
  readonly requests?: number;
  readonly isReady?: boolean;
  readonly onPiece?: () => void;
}

function begin({ scripts, stops = [], requests = 8, isReady = true, onPiece }: WorkCase) {
  const engine = new ScriptedEngine({
    script: (_, index) => scripts[index] ?? { tokens: "" },
    isStepped: true,
    facts: { requests },
  });
  engine.isReady = isReady;
  const texts = scripts.map(() => "");
  const ends: (ChoiceEnd | undefined)[] = [];
  const begun: [choice: number, millisecondsAgo: number][] = [];
  const held: boolean[] = [];
  const request = {
    prompt: Int32Array.of(1, 2),
    answerTokens: 100,
    stopTokens: [],
    sampling: samplingOf({}, 257, -1),
    tenant: "a",
  };
  const make = () =>
    new Work({
      engine,
      text: byteText,
      choices: scripts.map(() => ({ request, stops, marks: [], isHeardByToken: false })),
      listener: {
        begun: (choice, ago) => begun.push([choice, ago]),
        piece: (choice, { text }) => {
          texts[choice] += text;
          onPiece?.();
          return undefined;
        },
        end: (choice, end) => {
          ends[choice] = end;
        },
        held: (isHeld) => held.push(isHeld),
      },
      retrySeconds: () => 9,
    });
  const run = () => {
    while (engine.open > 0) engine.step();
  };
  return { engine, texts, ends, begun, held, make, run };
}

test("every choice is heard, and the work is done with the last", async () => {
  const { make, run, texts, ends, begun } = begin({
    scripts: [
      { tokens: "abc", cachedTokens: 1 },
      { tokens: "d", begunMillisecondsAgo: 5 },
    ],
  });
  const work = make();
  run();
  const told = await work.done;
  expect(texts).toEqual(["abc", "d"]);
  expect(told).toEqual([
    { finish: "stop", promptTokens: 2, cachedTokens: 1, answerTokens: 3 },
    { finish: "stop", promptTokens: 2, cachedTokens: 0, answerTokens: 1 },
  ]);
  expect(ends).toEqual(told);
  expect(begun).toEqual([
    [0, 0],
    [1, 5],
  ]);
});

test("a stop string ends its choice alone", async () => {
  const { make, run, texts, engine } = begin({
    scripts: [{ tokens: "a.bcdef" }, { tokens: "xyz" }],
    stops: ["."],
  });
  const work = make();
  run();
  expect((await work.done).map(({ finish, answerTokens }) => [finish, answerTokens])).toEqual([
    ["stop", 2],
    ["stop", 3],
  ]);
  expect([texts, engine.aborts]).toEqual([["a", "xyz"], 1]);
});

test("the limit of tokens ends with its own reason, and nothing is kept back", async () => {
  const { make, run, texts } = begin({ scripts: [{ tokens: `${"a".repeat(99)}E` }], stops: ["END"] });
  const work = make();
  run();
  expect((await work.done)[0]?.finish).toBe("length");
  expect(texts).toEqual([`${"a".repeat(99)}E`]);
});

test.each([
  { end: "crowded-out", code: "crowded_out", retrySeconds: 9 },
  { end: "non-finite-logits", code: "non_finite_logits", retrySeconds: undefined },
  { end: "grammar-refused", code: "invalid_grammar", retrySeconds: undefined },
  { end: "device-lost", code: "device_lost", retrySeconds: 9 },
  { end: "aborted", code: "internal_error", retrySeconds: undefined },
] satisfies { end: FinishReason; code: string; retrySeconds: number | undefined }[])(
  "$end fails the work and ends its other choices",
  async ({ end, code, retrySeconds }) => {
    const { make, engine, texts } = begin({ scripts: [{ tokens: "a", end }, { tokens: "bbbb" }] });
    const work = make();
    engine.step();
    await expect(work.done).rejects.toMatchObject({ code, retrySeconds });
    engine.step();
    engine.step();
    expect([texts, engine.open]).toEqual([["a", ""], 0]);
  },
);

test.each([
  { case: "a full queue", requests: 1, isReady: true, code: "queue_full", aborts: 1 },
  { case: "an engine that starts", requests: 8, isReady: false, code: "not_ready", aborts: 0 },
])("$case lets go of every choice", ({ requests, isReady, code, aborts }) => {
  const { make, engine } = begin({ scripts: [{ tokens: "a" }, { tokens: "b" }], requests, isReady });
  expect(make).toThrow(expect.objectContaining({ code, retrySeconds: 9 }));
  expect(engine.aborts).toBe(aborts);
});

test("whoever gives up hears nothing more", async () => {
  const { make, run, engine, texts } = begin({ scripts: [{ tokens: "abc" }] });
  const work = make();
  engine.step();
  work.fail(new ApiError("client_closed_request", "gone"));
  work.fail(new ApiError("internal_error", "later"));
  run();
  await expect(work.done).rejects.toMatchObject({ code: "client_closed_request" });
  expect([texts, engine.aborts]).toEqual([["a"], 1]);
});

test("a listener that fails ends the work, and not the engine", async () => {
  const onPiece = () => {
    throw new TypeError("broken");
  };
  const { make, engine } = begin({ scripts: [{ tokens: "abc" }], onPiece });
  const work = make();
  expect(() => engine.step()).not.toThrow();
  await expect(work.done).rejects.toMatchObject({ code: "internal_error" });
  expect(engine.aborts).toBe(1);
});

test("all choices are held together", () => {
  const { make, engine, held, run } = begin({ scripts: [{ tokens: "abc" }, { tokens: "abc" }] });
  const work = make();
  work.hold(true);
  work.hold(false);
  expect([engine.holds, engine.releases, held]).toEqual([2, 2, [true, false]]);
  run();
  work.hold(true);
  expect([engine.holds, held.length]).toEqual([2, 2]);
});
