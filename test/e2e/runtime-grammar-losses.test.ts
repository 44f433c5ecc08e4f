/** What is told of grammars whose thread is late, or ends: on a clock and with a thread that a test moves. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { GrammarSource } from "../../runtime/engine/contract.ts";
import { CrowdedError } from "../../runtime/text/grammar-queue.ts";
import { GrammarError } from "../../runtime/text/grammar-schema.ts";
import { GrammarThread } from "../../runtime/text/grammar-thread.ts";
import { HandWorker } from "../support/runtime/hand-worker.ts";

vi.mock("node:worker_threads", async () => ({
  Worker: (await import("../support/runtime/hand-worker.ts")).HandWorker,
}));

beforeAll(() => void vi.useFakeTimers());
afterAll(() => void vi.useRealTimers());

let thread: GrammarThread;
beforeEach(async () => {
  HandWorker.begun.length = 0;
  const usual = { directory: "", stopTokens: [9], vocabularySize: 64 };
  const started = GrammarThread.start({ ...usual, seconds: 10, waiting: 4 });
  HandWorker.latest.say({ type: "ready" });
  thread = await started;
});
afterEach(() => thread.close());

const sourceOf = (name: string): GrammarSource => ({ type: "ebnf", grammar: name });
const late = new GrammarError("the grammar takes more than 10 s to compile");
/** Sources that a thread was to compile. */
const asked = ({ compiles }: HandWorker) =>
  compiles.map(({ source }) => (source.type === "ebnf" ? source.grammar : source.type));

async function followed(name: string) {
  const matcher = thread.matcher(sourceOf(name));
  HandWorker.latest.compile();
  return matcher;
}

test("all that wait for one grammar hear at once that it is too heavy, and it costs one thread", async () => {
  const refused = [1, 2, 3].map(() => expect(thread.matcher(sourceOf("heavy"))).rejects.toThrow(late));
  const other = thread.matcher(sourceOf("light"));
  await vi.advanceTimersByTimeAsync(10_000);
  await Promise.all(refused);
  expect(HandWorker.begun.map(({ isEnded }) => isEnded)).toEqual([true, false]);
  HandWorker.latest.say({ type: "ready" });
  HandWorker.latest.compile();
  expect((await other).isReady).toBe(true);
  expect(HandWorker.begun.map(asked)).toEqual([["heavy"], ["light"]]);
});

test("who leaves the queue hears it at once, and keeps no place in it", async () => {
  const first = thread.matcher(sourceOf("first"));
  const left = new AbortController();
  const unwanted = ["second", "third"].map((name) =>
    expect(thread.matcher(sourceOf(name), { signal: left.signal })).rejects.toThrow(
      "nobody waits for it any more",
    ),
  );
  const last = thread.matcher(sourceOf("last"));
  left.abort();
  // The first one is still compiled.
  await Promise.all(unwanted);
  await expect(thread.matcher(sourceOf("fourth"), { signal: left.signal })).rejects.toThrow(
    "nobody waits for it any more",
  );
  HandWorker.latest.compile();
  HandWorker.latest.compile();
  await Promise.all([first, last]);
  expect(asked(HandWorker.latest)).toEqual(["first", "last"]);
});

test("tenants have a turn one after the other, and the newest of who has most gives way", async () => {
  const ask = (name: string) => thread.matcher(sourceOf(name), { tenant: name.slice(0, 1) });
  const asks = ["a1", "a2", "a3", "a4", "a5"].map(ask);
  const crowded = expect(asks.pop()).rejects.toThrow(new CrowdedError());
  asks.push(ask("b1"));
  await crowded;
  const answered = Promise.all(asks);
  for (const _ of asks) HandWorker.latest.compile();
  await answered;
  expect(asked(HandWorker.latest)).toEqual(["a1", "a2", "b1", "a3", "a4"]);
});

test("what was compiled once has longer after a loss, is tried again, and is not heavy", async () => {
  const slow = await followed("slow");
  const quick = await followed("quick");
  HandWorker.latest.emit("exit", 1);
  HandWorker.latest.say({ type: "ready" });
  await vi.advanceTimersByTimeAsync(29_999);
  expect(HandWorker.begun).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(HandWorker.begun).toHaveLength(3);
  HandWorker.latest.say({ type: "ready" });
  HandWorker.latest.compile();
  expect([slow.isReady, quick.isReady]).toEqual([false, true]);
  HandWorker.latest.compile();
  expect([slow.isReady, asked(HandWorker.latest)]).toEqual([true, ["quick", "slow"]]);
  slow.fillMask(new Int32Array(2), 0);
  await vi.advanceTimersByTimeAsync(30_000);
  const again = await followed("slow");
  expect(again.isReady).toBe(true);
});

test("what is late twice after a loss fails, and others go on", async () => {
  const slow = await followed("slow");
  const quick = await followed("quick");
  HandWorker.latest.emit("exit", 1);
  for (const _ of [1, 2]) {
    HandWorker.latest.say({ type: "ready" });
    if (HandWorker.begun.length === 3) HandWorker.latest.compile();
    await vi.advanceTimersByTimeAsync(30_000);
  }
  HandWorker.latest.say({ type: "ready" });
  HandWorker.latest.compile();
  expect(HandWorker.begun.map(asked)).toEqual([["slow", "quick"], ["slow"], ["quick", "slow"], ["quick"]]);
  expect(() => slow.fillMask(new Int32Array(2), 0)).toThrow(
    "the grammar took more than 30 s to be compiled again",
  );
  quick.fillMask(new Int32Array(2), 0);
});

test("a grammar that was compiled before and is late once may be asked for again", async () => {
  await followed("slow");
  const refused = expect(thread.matcher(sourceOf("slow"))).rejects.toThrow(late);
  await vi.advanceTimersByTimeAsync(10_000);
  await refused;
  HandWorker.latest.say({ type: "ready" });
  HandWorker.latest.compile();
  await vi.advanceTimersByTimeAsync(10_000);
  expect((await followed("slow")).isReady).toBe(true);
});

test("what was dropped is not compiled once more", async () => {
  const dropped = await followed("dropped");
  const kept = await followed("kept");
  const refused = expect(thread.matcher(sourceOf("heavy"))).rejects.toThrow(late);
  await vi.advanceTimersByTimeAsync(10_000);
  await refused;
  dropped.dispose();
  HandWorker.latest.say({ type: "ready" });
  HandWorker.latest.compile();
  expect([asked(HandWorker.latest), kept.isReady, dropped.isReady]).toEqual([["kept"], true, false]);
});

test("what threads end at again and again is given up, and then the thread itself", async () => {
  const matcher = await followed("deadly");
  for (const losses of [1, 2, 3]) {
    expect(HandWorker.begun).toHaveLength(losses);
    HandWorker.latest.emit("exit", 7);
    HandWorker.latest.say({ type: "ready" });
    if (losses < 3) HandWorker.latest.compile();
  }
  expect(HandWorker.begun.map(asked)).toEqual([["deadly"], ["deadly"], ["deadly"], []]);
  expect(() => matcher.fillMask(new Int32Array(2), 0)).toThrow("it ended with code 7");
  // One that stays longer is counted anew.
  await vi.advanceTimersByTimeAsync(60_000);
  for (let losses = 1; losses < 6; losses += 1) {
    HandWorker.latest.emit("exit", 7);
    HandWorker.latest.say({ type: "ready" });
  }
  expect((await followed("light")).isReady).toBe(true);
  HandWorker.latest.emit("exit", 7);
  expect(HandWorker.begun).toHaveLength(9);
  await expect(thread.matcher(sourceOf("light"))).rejects.toThrow(
    "the thread of grammars ended again and again: it ended with code 7",
  );
});

test("between two heavy grammars answers have masks for as long as they had none", async () => {
  const matcher = await followed("light");
  const refused = ["heavy", "heavier"].map((name) =>
    expect(thread.matcher(sourceOf(name))).rejects.toThrow(late),
  );
  await vi.advanceTimersByTimeAsync(10_000);
  HandWorker.latest.say({ type: "ready" });
  await vi.advanceTimersByTimeAsync(2_000);
  HandWorker.latest.compile();
  await vi.advanceTimersByTimeAsync(11_999);
  expect([asked(HandWorker.latest), matcher.isReady, thread.isBusy]).toEqual([["light"], true, false]);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked(HandWorker.latest)).toEqual(["light", "heavier"]);
  await vi.advanceTimersByTimeAsync(10_000);
  await Promise.all(refused);
});
