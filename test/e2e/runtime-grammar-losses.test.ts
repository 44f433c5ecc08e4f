/** What is told of grammars whose thread is late, or ends: on a clock and with a thread that a test moves. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { GrammarSource } from "../../runtime/engine/contract.ts";
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
  const started = GrammarThread.start({ directory: "", stopTokens: [9], vocabularySize: 64, seconds: 10 });
  HandWorker.latest.say({ type: "ready" });
  thread = await started;
});
afterEach(() => thread.close());

const sourceOf = (name: string): GrammarSource => ({ type: "ebnf", grammar: name });
const late = new GrammarError("the grammar takes more than 10 s to compile");
/** Sources that a thread was to compile. */
const asked = ({ compiles }: HandWorker) =>
  compiles.map(({ source }) => (source.type === "ebnf" ? source.grammar : source.type));

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
    expect(thread.matcher(sourceOf(name), left.signal)).rejects.toThrow("nobody waits for it any more"),
  );
  const last = thread.matcher(sourceOf("last"));
  left.abort();
  // The first one is still compiled.
  await Promise.all(unwanted);
  await expect(thread.matcher(sourceOf("fourth"), left.signal)).rejects.toThrow(
    "nobody waits for it any more",
  );
  HandWorker.latest.compile();
  HandWorker.latest.compile();
  await Promise.all([first, last]);
  expect(asked(HandWorker.latest)).toEqual(["first", "last"]);
});
