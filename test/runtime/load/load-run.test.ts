import { expect, test } from "vitest";
import { type LoadSender, runLoad } from "../../../runtime/load/load-run.ts";

/** A clock that goes on when everybody waits for it. */
class ScriptedClock {
  private time = 100;
  private readonly sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.time;
  }

  sleep(seconds: number): Promise<void> {
    return new Promise((wake) => this.sleepers.push({ at: this.time + seconds, wake }));
  }

  async runOut<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    work.then(over, over);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isOver) return work;
      this.sleepers.sort((a, b) => a.at - b.at);
      const next = this.sleepers.shift();
      if (!next) throw new Error("nobody sleeps, and it is not over");
      this.time = next.at;
      next.wake();
    }
  }
}

const request = (answerTokens: number, arrivalSeconds?: number) => ({
  prompt: [1, 2],
  answerTokens,
  ...(arrivalSeconds !== undefined && { arrivalSeconds }),
});

/** A piece each second, and the end with the last. */
function senderOf(clock: ScriptedClock): LoadSender {
  return async ({ prompt, answerTokens }, piece) => {
    for (let token = 0; token < answerTokens; token += 1) {
      await clock.sleep(1);
      piece();
    }
    return { promptTokens: prompt.length, answerTokens };
  };
}

test("an open loop sends when a request is due, whoever is open", async () => {
  const clock = new ScriptedClock();
  const send = senderOf(clock);
  const requests = [request(3, 0), request(1, 1.5), request(2, 1.75)];
  const samples = await clock.runOut(runLoad(requests, { send, concurrency: 10, clock }));
  expect(samples).toEqual([
    { promptTokens: 2, answerTokens: 3, startSeconds: 0, pieceSeconds: [1, 2, 3], endSeconds: 3 },
    { promptTokens: 2, answerTokens: 1, startSeconds: 1.5, pieceSeconds: [2.5], endSeconds: 2.5 },
    { promptTokens: 2, answerTokens: 2, startSeconds: 1.75, pieceSeconds: [2.75, 3.75], endSeconds: 3.75 },
  ]);
});

test("who finds no room waits, and that counts from when it was due", async () => {
  const clock = new ScriptedClock();
  const send = senderOf(clock);
  const requests = [request(3, 0), request(1, 1)];
  const samples = await clock.runOut(runLoad(requests, { send, concurrency: 1, clock }));
  expect(samples.map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds])).toEqual([
    [0, 3],
    [1, 4],
  ]);
});

test("a closed loop sends the next when one has ended, and counts from then", async () => {
  const clock = new ScriptedClock();
  const send = senderOf(clock);
  const requests = [request(3), request(1), request(1), request(1)];
  const samples = await clock.runOut(runLoad(requests, { send, concurrency: 2, clock }));
  expect(samples.map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds])).toEqual([
    [0, 3],
    [0, 1],
    [1, 2],
    [2, 3],
  ]);
});

test("what goes wrong is kept with its reason, and the others go on", async () => {
  const clock = new ScriptedClock();
  const send: LoadSender = async (asked, piece) => {
    if (asked.answerTokens === 1) throw new Error("503 queue_full");
    return senderOf(clock)(asked, piece);
  };
  const samples = await clock.runOut(runLoad([request(1), request(2)], { send, concurrency: 1, clock }));
  expect(samples).toEqual([
    {
      promptTokens: 2,
      answerTokens: 0,
      startSeconds: 0,
      pieceSeconds: [],
      endSeconds: 0,
      error: "503 queue_full",
    },
    { promptTokens: 2, answerTokens: 2, startSeconds: 0, pieceSeconds: [1, 2], endSeconds: 2 },
  ]);
});
