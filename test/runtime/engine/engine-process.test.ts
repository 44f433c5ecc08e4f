/** The engine in a process of its own: real processes, real signals. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { EngineProcess, type EngineProcessOptions } from "../../../runtime/engine/engine-process.ts";
import { greedy } from "../../../runtime/engine/greedy.ts";
import { alone } from "../../support/runtime/fake-device.ts";
import { Listener, requestOf, taken } from "../../support/runtime/requests.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const entry = fileURLToPath(new URL("../../support/runtime/fake-engine-main.ts", import.meta.url));

async function started(settings: object = {}, change: Partial<EngineProcessOptions> = {}) {
  const lost: string[] = [];
  const engine = await EngineProcess.start({
    entry,
    settings,
    startSeconds: 60,
    failedStarts: 2,
    pauseSeconds: 0.01,
    silenceSeconds: 60,
    onLost: (message) => lost.push(message),
    ...change,
  });
  onTestFinished(() => engine.close());
  return { engine, lost };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test("requests cross with their arrays, maps and seeds, answers come back with counts", async () => {
  const { engine } = await started();
  const sampling = { ...greedy, seed: 1n << 60n, logitBias: new Map([[3, -1]]), logprobs: 1 };
  const first = taken(engine, requestOf([1, 2], { sampling })).listener;
  const second = taken(engine, requestOf([4, 5])).listener;
  expect(await first.ended).toEqual({ reason: "length", cachedTokens: 0, promptTokens: 2, answerTokens: 8 });
  await second.ended;
  expect(second.answer).toEqual(alone([4, 5], 8));
  expect(first.answer).not.toContain(3);
  expect([first.begunAt, second.begunAt]).toEqual([[0], [0]]);
  expect(first.heard[0]).toMatchObject({ logprob: -1, top: [{ logprob: -1 }] });
  expect(engine.stats()).toMatchObject({ running: 0, generatedTokens: 17, usedBlocks: 0 });
  expect(engine.facts).toMatchObject({ device: "fake", sequenceTokens: 64, requests: 10 });
});

test("what cannot be taken is refused without asking", async () => {
  const { engine } = await started();
  const listener = new Listener();
  expect(engine.submit(requestOf([1], { answerTokens: 64 }), listener)).toEqual({ admission: "never-fits" });
  const listeners = Array.from({ length: 10 }, () => taken(engine, requestOf([1])).listener);
  expect(engine.submit(requestOf([1]), listener)).toEqual({ admission: "queue-full" });
  const ends = await Promise.all(listeners.map(({ ended }) => ended));
  expect(new Set(ends.map(({ reason }) => reason))).toEqual(new Set(["length"]));
  expect(engine.submit(requestOf([1]), listener).admission).toBe("waiting");
});

test("aborts and holds reach it", async () => {
  // The request, what holds it and what aborts it: its first token comes after all three.
  const { engine } = await started({ awaits: 3 });
  const { listener, generation } = taken(engine, requestOf([1]));
  generation.hold(true);
  generation.abort();
  expect((await listener.ended).reason).toBe("aborted");
});

test("after a crash its requests have an end, and a new process answers", async () => {
  // No answer is whole before the crash, however late the message comes that brings it.
  const { engine, lost } = await started({ deadly: 50, awaits: 2 });
  const listeners = [[1], [50], [2]].map((prompt) => taken(engine, requestOf(prompt)).listener);
  const ends = await Promise.all(listeners.map(({ ended }) => ended));
  expect(ends.map(({ reason }) => reason)).toEqual(["device-lost", "device-lost", "device-lost"]);
  expect(engine.isReady).toBe(false);
  expect(engine.submit(requestOf([1]), new Listener())).toEqual({ admission: "unavailable" });
  expect(engine.restarts).toBe(0);
  await until(() => engine.isReady);
  expect([lost, engine.restarts]).toEqual([["it ended with SIGSEGV"], 1]);
  const others = [[3], [4]].map((prompt) => taken(engine, requestOf(prompt)).listener);
  await Promise.all(others.map(({ ended }) => ended));
  expect(others.map(({ answer }) => answer)).toEqual([alone([3], 8), alone([4], 8)]);
});

test("a lost device ends the process's requests, and it is started again", async () => {
  const { engine, lost } = await started({ failsAt: 4 });
  const { listener } = taken(engine, requestOf([1]));
  expect(await listener.ended).toMatchObject({ reason: "device-lost", answerTokens: 2 });
  await until(() => engine.isReady);
  expect(lost).toEqual(["the device fell off the bus"]);
});

test("one that hangs is told, and a new process answers", async () => {
  const { engine, lost } = await started({ numbing: 50 }, { silenceSeconds: 2 });
  const { listener } = taken(engine, requestOf([50]));
  expect((await listener.ended).reason).toBe("device-lost");
  expect(lost).toEqual(["it said nothing for 2 s"]);
  await until(() => engine.isReady);
  expect((await taken(engine, requestOf([1])).listener.ended).reason).toBe("length");
});

test("after enough starts that failed it is given up, and takes nothing more", async () => {
  const obstacle = join(temporaryDirectory(), "obstacle");
  const givenUp = Promise.withResolvers<void>();
  const { engine, lost } = await started({ deadly: 50, obstacle }, { onGivenUp: () => givenUp.resolve() });
  writeFileSync(obstacle, "");
  const { listener } = taken(engine, requestOf([50]));
  expect((await listener.ended).reason).toBe("device-lost");
  await givenUp.promise;
  const failed = "the engine did not start: it ended with code 3";
  expect([lost, engine.restarts]).toEqual([["it ended with SIGSEGV", failed, failed], 0]);
  expect(engine.submit(requestOf([1]), new Listener())).toEqual({ admission: "unavailable" });
});

test.each([
  ["fails", { failsAt: 1 }, 60, /^the engine did not start: the device fell off the bus$/],
  ["says nothing", { isMute: true }, 0.5, /^the engine did not start: not ready within 0.5 s$/],
])("a start that %s is told", async (_, settings, startSeconds, words) => {
  await expect(started(settings, { startSeconds })).rejects.toThrow(words);
});

test("a start that nobody waits for any more ends its process, a later signal does nothing", async () => {
  const options = { entry, startSeconds: 60, failedStarts: 2, pauseSeconds: 0.01, silenceSeconds: 60 };
  const stopped = new AbortController();
  const loading = EngineProcess.start({ ...options, settings: { isMute: true } }, stopped.signal);
  setTimeout(() => stopped.abort(), 20);
  await expect(loading).rejects.toThrow("the engine did not start: it ended with SIGKILL");
  const again = EngineProcess.start({ ...options, settings: {} }, stopped.signal);
  await expect(again).rejects.toThrow("aborted");
  const late = new AbortController();
  const engine = await EngineProcess.start({ ...options, settings: {} }, late.signal);
  onTestFinished(() => engine.close());
  late.abort();
  expect((await taken(engine, requestOf([1])).listener.ended).reason).toBe("length");
});

test("closing ends what is left, and takes nothing more", async () => {
  const { engine } = await started();
  const { listener, generation } = taken(engine, requestOf([1]));
  generation.hold(true);
  await engine.close();
  expect((await listener.ended).reason).toMatch(/device-lost|length/);
  expect(engine.submit(requestOf([1]), new Listener())).toEqual({ admission: "unavailable" });
});
