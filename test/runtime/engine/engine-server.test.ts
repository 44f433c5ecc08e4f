/** The engine's side of the messages. */
import { describe, expect, test, vi } from "vitest";
import type { GrammarSource } from "../../../runtime/engine/contract.ts";
import { EngineServer, type EngineServerOptions } from "../../../runtime/engine/engine-server.ts";
import type { GrammarMatcher } from "../../../runtime/engine/grammar-matcher.ts";
import type { AnswerMessage, FromEngine } from "../../../runtime/engine/messages.ts";
import { GrammarCompiler } from "../../../runtime/text/grammar.ts";
import { CrowdedError } from "../../../runtime/text/grammar-queue.ts";
import { GrammarError } from "../../../runtime/text/grammar-schema.ts";
import { alone, FakeDevice } from "../../support/runtime/fake-device.ts";
import { requestOf } from "../../support/runtime/requests.ts";
import { tokenizerNamed } from "../../support/runtime/tokenizers.ts";

function served(device = new FakeDevice(), change: Partial<EngineServerOptions> = {}) {
  const sent: FromEngine[] = [];
  let heard: () => void = () => undefined;
  const rules = { waiting: 8, spareFraction: 0, preemptions: 10 };
  const server = new EngineServer({ device, ...rules, ...change }, (message) => {
    sent.push(message);
    heard();
  });
  const answers = (): AnswerMessage[] =>
    sent.flatMap((message) => (message.type === "turn" ? message.answers : []));
  const ended = async (ids: readonly number[]) => {
    while (!ids.every((id) => answers().some((answer) => answer.id === id && answer.end))) {
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
  };
  const tokensOf = (id: number) =>
    answers()
      .filter((answer) => answer.id === id)
      .flatMap(({ tokens }) => tokens.map(({ token }) => token));
  const endOf = (id: number) => answers().find((answer) => answer.id === id && answer.end)?.end;
  return { server, sent, answers, ended, tokensOf, endOf };
}

test("it is ready once a token was computed for real", async () => {
  const device = new FakeDevice();
  const { server, sent } = served(device);
  await server.start();
  expect(device.steps).toEqual([[1]]);
  const facts = expect.objectContaining({ device: "fake", requests: 16 });
  expect(sent.filter(({ type }) => type !== "turn")).toEqual([{ type: "ready", facts }]);
});

test("it is not ready when that fails", async () => {
  const device = new FakeDevice();
  device.failsAt = 1;
  const { server, sent } = served(device);
  await expect(server.start()).rejects.toThrow("the first forward pass failed: device-lost");
  const told = sent.filter(({ type }) => type !== "turn");
  expect(told).toEqual([{ type: "lost", message: "the device fell off the bus" }]);
});

test("a turn is one message for all requests that it brought on", async () => {
  const { server, sent, answers, ended, tokensOf } = served();
  await server.take({ type: "submit", id: 7, request: requestOf([1]) });
  await server.take({ type: "submit", id: 8, request: requestOf([2]) });
  await ended([7, 8]);
  const begun = answers().filter(({ begunMillisecondsAgo }) => begunMillisecondsAgo !== undefined);
  expect(begun.map(({ id }) => id)).toEqual([7, 8]);
  const first = (id: number) => answers().find((answer) => answer.id === id);
  expect(begun).toEqual([first(7), first(8)]);
  expect(Math.min(...begun.map(({ begunMillisecondsAgo }) => begunMillisecondsAgo ?? -1))).toBeGreaterThan(0);
  expect([tokensOf(7), tokensOf(8)]).toEqual([alone([1], 8), alone([2], 8)]);
  const told = sent.filter(
    (message) => message.type === "turn" && message.answers.some((one) => one.tokens.length > 0),
  );
  expect(told).toHaveLength(8);
});

test("what a step begun ahead keeps after the last answer is told to be free at once", async () => {
  // No step takes long, however busy the machine is.
  const clock = vi.spyOn(performance, "now").mockReturnValue(1000);
  const device = new FakeDevice();
  device.stepsAtOnce = 2;
  const { server, sent, ended } = served(device, { isSchedulingAhead: true });
  const stopTokens = alone([1], 4).slice(3);
  await server.take({ type: "submit", id: 7, request: requestOf([1], { stopTokens }) });
  await ended([7]);
  const steps = device.steps.length;
  while (device.steps.length === steps) await new Promise((resolve) => setImmediate(resolve));
  clock.mockRestore();
  const blocks = sent.flatMap((message) => (message.type === "turn" ? [message.stats.usedBlocks] : []));
  expect([device.steps.length, blocks.slice(-2)]).toEqual([5, [2, 0]]);
});

test("aborts and holds reach the request that they name, others nobody", async () => {
  const { server, ended, endOf, tokensOf } = served();
  await server.take({ type: "submit", id: 7, request: requestOf([1]) });
  await server.take({ type: "submit", id: 8, request: requestOf([2]) });
  await server.take({ type: "hold", id: 8, isHeld: true });
  await server.take({ type: "abort", id: 99 });
  await server.take({ type: "abort", id: 7 });
  expect(endOf(7)?.reason).toBe("aborted");
  await server.take({ type: "hold", id: 8, isHeld: false });
  await ended([8]);
  expect(tokensOf(8)).toEqual(alone([2], 8));
});

const grammar = { type: "json-object" } as const;

test.each([
  [
    "a grammar where there is no compiler",
    { grammar },
    { reason: "grammar-refused", problem: "this engine has no compiler of grammars" },
  ],
  ["what never fits", { answerTokens: 1000 }, { reason: "device-lost" }],
])("%s is told as an end", async (_, change, why) => {
  const { server, endOf } = served();
  await server.take({ type: "submit", id: 7, request: requestOf([1, 2], change) });
  expect(endOf(7)).toEqual({ ...why, cachedTokens: 0, promptTokens: 2, answerTokens: 0 });
});

test.each([
  {
    case: "a grammar that is none is refused with the reason",
    error: new GrammarError("it has no root"),
    want: { reason: "grammar-refused", problem: "it has no root" },
  },
  {
    case: "a compiler that fails is not the request's fault",
    error: new Error("out of memory"),
    want: { reason: "failed", problem: expect.stringMatching(/^Error: out of memory\n/) },
  },
  {
    case: "a grammar that had to give way is told so",
    error: new CrowdedError(),
    want: { reason: "crowded-out", problem: "too many grammars wait to be compiled" },
  },
])("$case, and others go on", async ({ error, want }) => {
  const compileGrammar = () => Promise.reject(error);
  const { server, endOf, ended } = served(new FakeDevice(), { compileGrammar });
  await server.take({ type: "submit", id: 7, request: requestOf([1, 2], { grammar }) });
  await server.take({ type: "submit", id: 8, request: requestOf([2]) });
  await ended([8]);
  expect(endOf(7)).toEqual({ ...want, cachedTokens: 0, promptTokens: 2, answerTokens: 0 });
  expect(endOf(8)?.reason).toBe("length");
});

test("a compiler is told whose grammar it is", async () => {
  const tenants: string[] = [];
  const compileGrammar = (_: GrammarSource, { tenant }: { readonly tenant: string }) => {
    tenants.push(tenant);
    return Promise.reject(new GrammarError("none"));
  };
  const { server } = served(new FakeDevice(), { compileGrammar });
  for (const tenant of ["a", "b"])
    await server.take({ type: "submit", id: 7, request: requestOf([1], { grammar, tenant }) });
  expect(tenants).toEqual(["a", "b"]);
});

test("the real compiler says where a grammar is none", async () => {
  const tokenizer = tokenizerNamed("gpt2");
  const compiler = await GrammarCompiler.create(tokenizer, [tokenizer.eos ?? -1]);
  const compileGrammar = (source: GrammarSource) => compiler.matcher(source);
  const { server, endOf } = served(new FakeDevice(), { compileGrammar });
  const request = requestOf([1], { grammar: { type: "ebnf", grammar: "root ::= (" } });
  await server.take({ type: "submit", id: 7, request });
  expect(endOf(7)).toMatchObject({
    reason: "grammar-refused",
    problem: expect.stringMatching(
      /^the grammar cannot be held to: EBNF parser error at line 1, column 11: /,
    ),
  });
});

describe("while a grammar is compiled", () => {
  function compiling() {
    const matcher = Promise.withResolvers<GrammarMatcher>();
    const disposals: string[] = [];
    const made: GrammarMatcher = {
      fillMask: (mask, offset) => void mask.fill(0x55555555, offset, offset + 2),
      accept: () => true,
      isDone: false,
      dispose: () => void disposals.push("disposed"),
    };
    const all = served(new FakeDevice(), { compileGrammar: () => matcher.promise });
    const submitted = all.server.take({ type: "submit", id: 7, request: requestOf([1], { grammar }) });
    const compiled = async () => {
      matcher.resolve(made);
      await submitted;
    };
    return { ...all, compiled, disposals };
  }

  test("others are answered", async () => {
    const { server, ended, tokensOf, compiled } = compiling();
    await server.take({ type: "submit", id: 8, request: requestOf([2]) });
    await ended([8]);
    expect(tokensOf(7)).toEqual([]);
    await compiled();
    await ended([7]);
    expect(tokensOf(7).filter((token) => token % 2 === 1)).toEqual([]);
    expect(tokensOf(7)).toHaveLength(8);
  });

  test("who leaves is told at once, and what is compiled for nobody is disposed of", async () => {
    const { server, endOf, compiled, disposals } = compiling();
    await server.take({ type: "abort", id: 7 });
    expect(endOf(7)?.reason).toBe("aborted");
    await compiled();
    expect(disposals).toEqual(["disposed"]);
  });

  test("who is held begins held", async () => {
    const { server, tokensOf, ended, compiled } = compiling();
    await server.take({ type: "hold", id: 7, isHeld: true });
    await compiled();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(tokensOf(7)).toEqual([]);
    await server.take({ type: "hold", id: 7, isHeld: false });
    await ended([7]);
  });
});

test("closing ends what is left", async () => {
  const { server, endOf } = served();
  await server.take({ type: "submit", id: 7, request: requestOf([1]) });
  await server.take({ type: "close" });
  expect(endOf(7)?.reason).toBe("device-lost");
});
