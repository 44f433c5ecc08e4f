/** A server that is to end while a grammar is compiled, which takes longer than it has. */
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI, { type APIError } from "openai";
import { expect, test } from "vitest";
import { tinyModelDirectory } from "../../runtime/tiny/tiny-directory.ts";
import { type EbnfGrammar, heavyGrammar } from "../support/runtime/heavy-grammar.ts";
import { ServedRuntime } from "../support/runtime/served-runtime.ts";

const drainSeconds = 2;
/** What a busy machine needs beside it, to tell clients and to end processes. */
const spareSeconds = 15;

/** The largest that is taken: its compilation took 46 s of a busy machine. */
const heavy = heavyGrammar(3000);
const light = { type: "ebnf", grammar: 'root ::= "a"' } as const;

test("SIGTERM while a grammar is compiled: who waits is told, and all ends within its bound", async () => {
  const model = await tinyModelDirectory();
  const settings = { engine: { grammarSeconds: 600 }, server: { drainSeconds } };
  const runtime = await ServedRuntime.serve(model, settings);
  const client = new OpenAI({ baseURL: `${runtime.url}/v1`, apiKey: "none", maxRetries: 0 });
  const ask = async ({ grammar }: EbnfGrammar) => {
    const response_format = { type: "grammar", grammar } as never;
    const messages = [{ role: "user" as const, content: "Hello" }];
    try {
      const answer = await client.chat.completions.create({ model: "tiny", messages, response_format });
      return answer.choices[0]?.message.content;
    } catch (error) {
      const { status, code } = error as APIError;
      return `${status} ${code}`;
    }
  };
  expect(await ask(light)).toBe("a");
  const refused = ask(heavy);
  // Once the thread is at it, an answer with another grammar has to wait.
  let waiting: Promise<string | null | undefined>;
  do waiting = ask(light);
  while ((await Promise.race([waiting, sleep(2000)])) !== undefined);
  const from = performance.now();
  expect(await runtime.stop()).toBe(0);
  expect((performance.now() - from) / 1000).toBeLessThan(drainSeconds + spareSeconds);
  expect(await Promise.all([refused, waiting])).toEqual(["503 draining", "503 draining"]);
});
