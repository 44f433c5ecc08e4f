import { expect, test } from "vitest";
import { ApiError } from "../../../runtime/server/api-error.ts";
import { TextReader, type TextThreads } from "../../../runtime/server/text-reader.ts";
import { type TextResult, type TextTask, textResult } from "../../../runtime/server/text-task.ts";
import { ThreadPoolError } from "../../../runtime/thread-pool.ts";
import { byteText } from "../../support/runtime/byte-text.ts";

const caller = { tenant: "red", priority: 0, number: 1 };
const reading = { signal: new AbortController().signal, caller };
const long = "a".repeat(100);
const ask = (content: string) => [{ role: "user", content }] as const;
const options = { tools: [], variables: {} };

function read(run: TextThreads["run"] = async (task) => textResult(byteText, task), now = () => 0) {
  const tasks: TextTask["type"][] = [];
  const tenants = new Set<string>();
  const refusals: string[] = [];
  const reader = new TextReader({
    text: byteText,
    threads: {
      run: (task, signal, tenant) => {
        tasks.push(task.type);
        tenants.add(tenant);
        return run(task, signal, tenant);
      },
    },
    settings: { longTextCharacters: 50, textSeconds: 7 },
    now,
    refused: (reason) => refusals.push(reason),
  });
  return { reader, tasks, tenants, refusals };
}

test("short texts are read here, long ones by threads, and both alike", async () => {
  const { reader, tasks, tenants } = read();
  for (const text of ["short", long]) {
    const tokens = Int32Array.from(Buffer.from(text));
    expect(await reader.encode(reading, [text], { isPrompt: true })).toEqual([tokens]);
    expect(await reader.decode(reading, [...tokens])).toBe(text);
    expect(await reader.namesOf(reading, tokens)).toEqual([...text]);
    const chat = await reader.renderChat(reading, ask(text), options);
    expect(Buffer.from(chat).toString()).toBe(`user: ${text}\nassistant: `);
  }
  expect(tasks).toEqual(["encode", "decode", "names", "chat"]);
  expect([...tenants]).toEqual(["red"]);
});

test("what a template refuses is the same from a thread", async () => {
  const refused = { name: "PromptError", fault: "messages", message: "the template refuses this" };
  const { reader, tasks } = read();
  for (const messages of [ask("refuse me"), [...ask("refuse me"), ...ask(long)]])
    await expect(reader.renderChat(reading, messages, options)).rejects.toMatchObject(refused);
  expect(tasks).toEqual(["chat"]);
});

test.each([
  { error: new ThreadPoolError("late", ""), want: [504, "text_timeout", undefined], refused: [] },
  { error: new ThreadPoolError("full", ""), want: [503, "queue_full", 1], refused: ["texts"] },
  { error: new ThreadPoolError("closed", ""), want: [503, "queue_full", 1], refused: ["texts"] },
  { error: new ApiError("client_closed_request", "left"), want: [499, "client_closed_request", undefined] },
])("$want.1", async ({ error, want, refused = [] }) => {
  const { reader, refusals } = read(() => Promise.reject(error));
  const [status, code, retrySeconds] = want;
  const told = reader.encode(reading, [long], { isPrompt: true });
  await expect(told).rejects.toMatchObject({ status, code, retrySeconds });
  expect(refusals).toEqual(refused);
});

test("who finds no place is told to come back when those that are there are read", async () => {
  let now = 0;
  const waiting: PromiseWithResolvers<TextResult>[] = [];
  const run = () => {
    const text = Promise.withResolvers<TextResult>();
    waiting.push(text);
    return text.promise;
  };
  const { reader } = read(run, () => now);
  const ask = () => reader.encode(reading, [long], { isPrompt: true });
  const done = async (answer: Promise<unknown>, seconds: number) => {
    now += seconds * 1000;
    waiting.shift()?.resolve({ type: "tokens", tokens: [] });
    await answer;
  };
  await done(ask(), 4);
  now += 1_000_000;
  const [first, second, third] = [ask(), ask(), ask()];
  const refusedAfter = async () => {
    const answer = ask();
    waiting.pop()?.reject(new ThreadPoolError("full", ""));
    return answer.catch(({ retrySeconds }) => retrySeconds);
  };
  expect(await refusedAfter()).toBe(12);
  await done(first, 14);
  expect(await refusedAfter()).toBe(10);
  await done(second, 5);
  await done(third, 5);
});
