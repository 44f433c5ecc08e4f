/**
 * Plays one kind of inputs in a thread of its own: one that hangs is told of by the thread that watches, and
 * one that takes all memory ends its thread alone.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import fc from "fast-check";
import { fileKinds } from "./file-kinds.ts";
import type { FuzzKind } from "./fuzz-kind.ts";
import { textKinds } from "./text-kinds.ts";
import { wireKinds } from "./wire-kinds.ts";

export interface FuzzTask {
  readonly kind: string;
  readonly inputs: number;
  readonly seed: number;
  /** Directory of a good model. */
  readonly model: string;
  /** Of a server of that model. */
  readonly url: string;
}

export interface FuzzResult {
  readonly kind: string;
  readonly taken: number;
  readonly refused: number;
  /** Milliseconds. */
  readonly slowestMs: number;
  /** The seed, the smallest input that was found, and what it led to. */
  readonly failure?: string;
}

/** One input may take so long, on a machine that does much else; a hang is told of after twice the time. */
const inputSeconds = 30;
/** Loading the runtime, its model and its grammars comes before the first input. */
const startSeconds = 600;
const heapMiB = 512;
const told = 4000;

/** What a thread is told beside its task. */
interface ThreadTask extends FuzzTask {
  readonly progress: SharedArrayBuffer;
  /** An empty directory. */
  readonly scratch: string;
}

if (!isMainThread) void playHere(workerData as ThreadTask);

export function play(task: FuzzTask): Promise<FuzzResult> {
  const progress = new SharedArrayBuffer(8);
  const [played, begun] = [new Int32Array(progress, 0, 1), new Int32Array(progress, 4, 1)];
  const scratch = mkdtempSync(join(tmpdir(), "plinth-bench-fuzz-"));
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { ...task, progress, scratch } satisfies ThreadTask,
    resourceLimits: { maxOldGenerationSizeMb: heapMiB },
  });
  return new Promise((resolve) => {
    let before = -1;
    const finish = (result: Partial<FuzzResult>) => {
      clearInterval(watch);
      const told = { kind: task.kind, taken: played[0] ?? 0, refused: 0, slowestMs: Number.NaN, ...result };
      void worker.terminate().then(() => {
        rmSync(scratch, { recursive: true });
        resolve(told);
      });
    };
    const fail = (what: string) => finish({ failure: `seed ${task.seed}, input ${played[0]}: ${what}` });
    const startedAt = performance.now();
    const watch = setInterval(() => {
      const isLate = performance.now() - startedAt > startSeconds * 1000;
      if (begun[0] === 0 && isLate) fail(`it has not begun after ${startSeconds} s`);
      if (begun[0] === 1 && played[0] === before) fail(`it hangs for more than ${inputSeconds} s`);
      before = begun[0] === 1 ? (played[0] ?? 0) : -1;
    }, inputSeconds * 1000);
    worker.once("message", (result: FuzzResult) => finish(result));
    worker.once("error", (error) =>
      fail(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
  });
}

async function playHere({ progress, scratch, ...task }: ThreadTask) {
  const [played, begun] = [new Int32Array(progress, 0, 1), new Int32Array(progress, 4, 1)];
  const counts = { taken: 0, refused: 0 };
  let [slowestMs, sent, hasFailed] = [0, 0, false];
  const { inputs, meet, atOnce = 1 } = await kindOf(task, scratch);
  Atomics.store(begun, 0, 1);
  const meetOne = async (input: unknown) => {
    const startedAt = performance.now();
    const how = await meet(input);
    counts[how] += 1;
    Atomics.add(played, 0, 1);
    const took = performance.now() - startedAt;
    slowestMs = Math.max(slowestMs, took);
    if (took > inputSeconds * 1000) throw new Error(`took ${took} ms`);
  };
  const batches = fc.array(inputs, { minLength: atOnce, maxLength: atOnce });
  const property = fc.asyncProperty(batches, async (batch) => {
    // The last batch has what is left; of one that fails every part is looked at for the smallest.
    const part = hasFailed ? batch : batch.slice(0, task.inputs - sent);
    sent += part.length;
    const outcomes = await Promise.allSettled(part.map(meetOne));
    const failed = outcomes.find(({ status }) => status === "rejected");
    if (failed?.status !== "rejected") return;
    hasFailed = true;
    throw failed.reason;
  });
  const numRuns = Math.ceil(task.inputs / atOnce);
  const details = await fc.check(property, { seed: task.seed, numRuns });
  const failure = details.failed ? failureOf(task.seed, details) : undefined;
  parentPort?.postMessage({
    kind: task.kind,
    ...counts,
    slowestMs,
    ...(failure !== undefined && { failure }),
  });
}

function kindOf({ kind, model, url }: FuzzTask, scratch: string): FuzzKind | Promise<FuzzKind> {
  const places = { model, scratch };
  const found = fileKinds[kind]?.(places) ?? textKinds[kind]?.(places) ?? wireKinds[kind]?.(url);
  if (!found) throw new Error(`there is no kind "${kind}"`);
  return found;
}

function failureOf(seed: number, { counterexample, errorInstance }: fc.RunDetails<[unknown[]]>): string {
  const [input] = counterexample ?? [];
  const error = errorInstance instanceof Error ? errorInstance.stack : String(errorInstance);
  const shown = JSON.stringify(input, (_, value: unknown) => readable(value)) ?? String(input);
  return `seed ${seed}: ${shown.slice(0, told)}\n${error?.slice(0, told)}`;
}

/** Bytes as the text that they are for the most part; `Buffer` has a form of its own in JSON. */
function readable(value: unknown): unknown {
  const isBytes = typeof value === "object" && value !== null && "type" in value && value.type === "Buffer";
  if (!isBytes || !("data" in value)) return value;
  return Buffer.from(value.data as number[]).toString("latin1");
}
