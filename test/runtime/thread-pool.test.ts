import { expect, onTestFinished, test, vi } from "vitest";
import { ThreadPool, type ThreadPoolOptions } from "../../runtime/thread-pool.ts";
import type { Obeyed, Order } from "../support/runtime/obedient-thread-main.ts";

const entry = new URL("../support/runtime/obedient-thread-main.ts", import.meta.url);
const nobody = new AbortController().signal;

function pool(options: Partial<ThreadPoolOptions> = {}) {
  const usual = { threads: 1, waiting: 8, milliseconds: 600_000 };
  const patience = { unwantedMilliseconds: 600_000, idleMilliseconds: 600_000 };
  const made = new ThreadPool<Order, Obeyed>({ entry, data: "told:", ...usual, ...patience, ...options });
  onTestFinished(() => made.close());
  return made;
}

/** From here on time passes where a test says so. */
function timeStandsStill(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}

/** A task that has begun, and ends when it is let go. */
async function begun(made: ThreadPool<Order, Obeyed>, signal = nobody) {
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const result = made.run({ type: "wait", flags }, signal, "me");
  result.catch(() => undefined);
  while (Atomics.load(flags, 1) !== 1) await new Promise((resolve) => setImmediate(resolve));
  const release = () => {
    Atomics.store(flags, 0, 1);
    Atomics.notify(flags, 0);
  };
  /** Its answer is on its way, and nothing else has run here meanwhile. */
  const answer = () => {
    release();
    Atomics.wait(flags, 1, 1);
  };
  return { result, release, answer };
}

const say = (word: string) => ({ type: "say", word }) as const;

test("one thread answers one task after the other", async () => {
  const made = pool();
  const answers = await Promise.all(["a", "b", "c"].map((word) => made.run(say(word), nobody, "me")));
  expect(answers.map(({ said }) => said)).toEqual(["told: a", "told: b", "told: c"]);
  expect(new Set(answers.map(({ thread }) => thread)).size).toBe(1);
});

test("as many run at once as there are threads, so many wait, and the rest is refused", async () => {
  const made = pool({ threads: 2, waiting: 1 });
  const running = [await begun(made), await begun(made)];
  const waiting = made.run(say("later"), nobody, "me");
  await expect(made.run(say("no"), nobody, "me")).rejects.toMatchObject({
    name: "ThreadPoolError",
    reason: "full",
    message: "1 tasks wait for 2 threads",
  });
  for (const { release } of running) release();
  const [one, other] = await Promise.all(running.map(({ result }) => result));
  expect(one?.thread).not.toBe(other?.thread);
  expect((await waiting).said).toBe("told: later");
});

test("owners whose tasks wait have a turn one after the other, and who has most gives way", async () => {
  const made = pool({ waiting: 3 });
  const { release } = await begun(made);
  const order: string[] = [];
  const ask = (owner: string, word: string) =>
    made.run(say(word), nobody, owner).then(
      () => order.push(word),
      ({ reason }) => order.push(`${word} ${reason}`),
    );
  const asked = ["a1", "a2", "a3", "b1"].map((word) => ask(word.slice(0, 1), word));
  await asked[2];
  release();
  await Promise.all(asked);
  expect(order).toEqual(["a3 full", "a1", "b1", "a2"]);
});

test("a task that is late is refused, and who waits gets another thread", async () => {
  timeStandsStill();
  const made = pool({ milliseconds: 3000 });
  const first = await made.run(say("first"), nobody, "me");
  const { result: late } = await begun(made);
  const next = made.run(say("next"), nobody, "me");
  vi.advanceTimersByTime(3000);
  await expect(late).rejects.toMatchObject({ reason: "late", message: "it took more than 3000 ms" });
  expect((await next).thread).not.toBe(first.thread);
});

test("a thread whose task is dropped goes on with the next one, unless that takes too long", async () => {
  timeStandsStill();
  const made = pool({ unwantedMilliseconds: 500 });
  const dropped = async () => {
    const leaving = new AbortController();
    const { result, release } = await begun(made, leaving.signal);
    const next = made.run(say("next"), nobody, "me");
    leaving.abort(new Error("left"));
    await expect(result).rejects.toThrow("left");
    vi.advanceTimersByTime(499);
    return { next, release };
  };
  const { thread } = await made.run(say("first"), nobody, "me");
  const one = await dropped();
  one.release();
  expect((await one.next).thread).toBe(thread);
  const other = await dropped();
  vi.advanceTimersByTime(1);
  expect((await other.next).thread).not.toBe(thread);
});

test("a task that cannot be handed over is refused, and its thread is free for others", async () => {
  const made = pool();
  const { result, release } = await begun(made);
  const unclonable = { type: "say", word: (() => "") as unknown as string } as const;
  const refused = Promise.all([1, 2].map(() => made.run(unclonable, nobody, "me"))).catch((error) => error);
  const next = made.run(say("next"), nobody, "me");
  release();
  expect(await refused).toMatchObject({ name: "DataCloneError" });
  expect((await next).thread).toBe((await result).thread);
  await expect(made.run(unclonable, nobody, "me")).rejects.toMatchObject({ name: "DataCloneError" });
  expect((await made.run(say("again"), nobody, "me")).thread).toBe((await result).thread);
});

test("what nobody wants any more is not waited for, whether it runs or waits", async () => {
  const made = pool({ unwantedMilliseconds: 0 });
  const [running, waiting] = [new AbortController(), new AbortController()];
  const { result } = await begun(made, running.signal);
  const never = made.run(say("never"), waiting.signal, "me");
  const next = made.run(say("next"), nobody, "me");
  waiting.abort(new Error("left while it waited"));
  await expect(never).rejects.toThrow("left while it waited");
  running.abort(new Error("left while it ran"));
  await expect(result).rejects.toThrow("left while it ran");
  expect((await next).said).toBe("told: next");
  await expect(made.run(say("late"), running.signal, "me")).rejects.toThrow("left while it ran");
});

test("a thread that is ended when its answer is on its way gets no further task", async () => {
  timeStandsStill();
  const made = pool();
  const unwanted = new AbortController();
  const { result, answer } = await begun(made, unwanted.signal);
  const waiting = ["a", "b"].map((word) => made.run(say(word), nobody, "me"));
  answer();
  unwanted.abort(new Error("left"));
  vi.advanceTimersByTime(600_000);
  await expect(result).rejects.toThrow("left");
  const answers = await Promise.all(waiting);
  expect(answers.map(({ said }) => said)).toEqual(["told: a", "told: b"]);
  expect(new Set(answers.map(({ thread }) => thread)).size).toBe(1);
});

test.each([
  { type: "fail", want: "told to fail" },
  { type: "exit", want: "a thread ended by itself" },
] as const)("a thread that is told to $type refuses its own task alone", async ({ type, want }) => {
  const made = pool();
  const failing = made.run({ type }, nobody, "me");
  const next = made.run(say("next"), nobody, "me");
  await expect(failing).rejects.toThrow(want);
  expect((await next).said).toBe("told: next");
});

test("a thread without work ends, and the next task has another", async () => {
  const made = pool({ idleMilliseconds: 1 });
  const first = await made.run(say("a"), nobody, "me");
  let next = first;
  while (next.thread === first.thread) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    next = await made.run(say("b"), nobody, "me");
  }
  expect(next.said).toBe("told: b");
});

test("a closed pool refuses what runs, what waits, and what comes", async () => {
  const made = pool();
  const { result } = await begun(made);
  const waiting = made.run(say("waits"), nobody, "me");
  waiting.catch(() => undefined);
  await made.close();
  for (const refused of [result, waiting, made.run(say("comes"), nobody, "me")]) {
    await expect(refused).rejects.toMatchObject({ reason: "closed" });
  }
});
