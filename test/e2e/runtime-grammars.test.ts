/** A grammar that takes long to compile, and all that goes on meanwhile, counted. */
import { afterAll, expect, test } from "vitest";
import type { GenerationRequest, GrammarSource } from "../../runtime/engine/contract.ts";
import { EngineServer } from "../../runtime/engine/engine-server.ts";
import type { AnswerMessage, FromEngine } from "../../runtime/engine/messages.ts";
import { GrammarThread } from "../../runtime/text/grammar-thread.ts";
import { alone, FakeDevice } from "../support/runtime/fake-device.ts";
import { heavyGrammar } from "../support/runtime/heavy-grammar.ts";
import { requestOf } from "../support/runtime/requests.ts";
import { tokenizerDirectory, tokenizerNamed } from "../support/runtime/tokenizers.ts";

const { vocabularySize, eos = -1 } = tokenizerNamed("gpt2");
const thread = await GrammarThread.start({
  directory: tokenizerDirectory("gpt2"),
  stopTokens: [eos],
  vocabularySize,
  seconds: 2,
  waiting: 16,
});
afterAll(() => thread.close());

/** Longer than any grammar takes, and any new start of its thread. */
const silenceSeconds = 120;

/** Knows more tokens than it ever says. */
class WideDevice extends FakeDevice {
  constructor() {
    super();
    this.facts.vocabularySize = vocabularySize;
  }
}

class Served {
  readonly answers: AnswerMessage[] = [];
  private readonly server: EngineServer;
  private heard: () => void = () => undefined;

  constructor() {
    const compileGrammar = thread.matcher.bind(thread);
    const rules = { waiting: 50, spareFraction: 0, preemptions: 10, compileGrammar };
    this.server = new EngineServer({ device: new WideDevice(), ...rules }, (message) => this.take(message));
  }

  submit(id: number, request: GenerationRequest): void {
    void this.server.take({ type: "submit", id, request });
  }

  tokensOf(id: number): number[] {
    return this.answers.filter((answer) => answer.id === id).flatMap(({ tokens }) => tokens.map(tokenOf));
  }

  endOf(id: number) {
    return this.answers.find((answer) => answer.id === id && answer.end)?.end;
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve, reject) => {
        const heard = `nothing more was heard for ${silenceSeconds} s, after ${this.answers.length} messages`;
        const silence = setTimeout(() => reject(new Error(heard)), silenceSeconds * 1000);
        this.heard = () => {
          clearTimeout(silence);
          resolve();
        };
      });
    }
  }

  private take(message: FromEngine): void {
    if (message.type === "turn") this.answers.push(...message.answers);
    this.heard();
  }
}

const tokenOf = ({ token }: { readonly token: number }) => token;
const letters: GrammarSource = { type: "ebnf", grammar: "root ::= [A-Z]{60}" };

test("while a grammar is compiled others are answered, and what it takes down goes on", async () => {
  const quiet = new Served();
  const held = requestOf([5], { answerTokens: 50, grammar: letters });
  quiet.submit(1, held);
  await quiet.until(() => quiet.endOf(1) !== undefined);
  const wanted = quiet.tokensOf(1);
  expect(wanted).toHaveLength(50);

  const served = new Served();
  served.submit(1, held);
  await served.until(() => served.tokensOf(1).length > 2);
  served.submit(2, requestOf([6], { grammar: heavyGrammar(2000) }));
  for (let id = 10; id < 30; id += 1) {
    served.submit(id, requestOf([id]));
    await served.until(() => served.endOf(id) !== undefined);
    expect(served.tokensOf(id)).toEqual(alone([id], 8));
  }
  // Twenty answers and their 160 tokens came before it was known what becomes of the grammar.
  expect(served.endOf(2)).toBeUndefined();
  await served.until(() => served.endOf(2) !== undefined);
  const problem = "the grammar takes more than 2 s to compile";
  expect(served.endOf(2)).toMatchObject({ reason: "grammar-refused", problem, answerTokens: 0 });
  await served.until(() => served.endOf(1) !== undefined);
  expect(served.endOf(1)?.reason).toBe("length");
  expect(served.tokensOf(1)).toEqual(wanted);
});
