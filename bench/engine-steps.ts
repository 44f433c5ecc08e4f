/** How long does a device wait for the engine between two steps, with and without overlap? */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Batch, Device, StepLimits } from "../runtime/device/contract.ts";
import { createNativeDevice } from "../runtime/device/native.ts";
import { buildNative } from "../runtime/device/native-build.ts";
import type { GeneratedToken } from "../runtime/engine/contract.ts";
import { EngineCore } from "../runtime/engine/engine-core.ts";
import { greedy } from "../runtime/engine/greedy.ts";
import { writeMadeUpLlama } from "./support/made-up-llama.ts";
import { machine, median, rounded } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const promptTokens = 256;
const answerTokens = 128;
const rounds = 5;

export async function run(): Promise<Table> {
  const directory = mkdtempSync(join(tmpdir(), "plinth-bench-engine-steps-"));
  const server = fork(new URL("./support/message-sink.ts", import.meta.url), { serialization: "advanced" });
  try {
    // Small, so that what is done between two steps can be seen beside them.
    writeMadeUpLlama(directory, { vocabulary: 2048, width: 256, feedForward: 512, layers: 4, heads: 4 });
    const addon = await buildNative();
    const native = createNativeDevice({ addon, directory, limits: limitsOf(8), blocks: 8 * 24, threads: 2 });
    const rows = [
      await measured("nothing", new IdleDevice(32), 32, server),
      await measured("nothing", new IdleDevice(256), 256, server),
      await measured("the processor", native, 8, server),
    ];
    native.close();
    return {
      question: "How long does a device wait for the engine between two steps?",
      machine: machine(),
      rows,
      notes: [
        "The processor computes a Llama of 5 million made-up parameters in bf16, with 2 threads.",
        `Prompts of ${promptTokens} tokens, answers of ${answerTokens}; medians of ${rounds} runs, in turns.`,
        "One after the other: answers are told and messages written before the next step begins.",
      ],
    };
  } finally {
    server.kill();
    rmSync(directory, { recursive: true });
  }
}

async function measured(computes: string, device: Device, sequences: number, server: ChildProcess) {
  const timed = new TimedDevice(device);
  const found: { readonly apart: Run[]; readonly together: Run[] } = { apart: [], together: [] };
  // Compiled by the time that it counts.
  await answered(timed, sequences, server, true);
  for (let round = 0; round < rounds; round += 1) {
    found.apart.push(await answered(timed, sequences, server, false));
    found.together.push(await answered(timed, sequences, server, true));
  }
  const between = (runs: readonly Run[]) => median(runs.map(({ microseconds }) => microseconds));
  const rates = found.together.map(({ tokensPerSecond }, round) => {
    return tokensPerSecond / (found.apart[round]?.tokensPerSecond ?? Number.NaN);
  });
  return {
    computes,
    sequences,
    oneAfterTheOtherMicroseconds: rounded(between(found.apart), 0),
    overlappedMicroseconds: rounded(between(found.together), 0),
    ofThat: rounded(between(found.together) / between(found.apart)),
    tokensPerSecondOfThat: rounded(median(rates)),
  };
}

interface Run {
  /** From the end of a step to the beginning of the next one, at the median. */
  readonly microseconds: number;
  readonly tokensPerSecond: number;
}

async function answered(
  device: TimedDevice,
  sequences: number,
  server: ChildProcess,
  isOverlapped: boolean,
): Promise<Run> {
  const told: { id: number; tokens: GeneratedToken[] }[] = [];
  const core = filled(device, sequences, (id, tokens) => told.push({ id, tokens: [...tokens] }));
  device.gaps.length = 0;
  const began = performance.now();
  for (core.start(); !core.isIdle; ) {
    core.finish(Number.POSITIVE_INFINITY);
    if (isOverlapped) core.start();
    core.tell();
    server.send({ type: "turn", stats: core.stats(), answers: told });
    told.length = 0;
    await new Promise((resolve) => setImmediate(resolve));
    if (!isOverlapped) core.start();
  }
  const seconds = (performance.now() - began) / 1000;
  return {
    microseconds: median(device.gaps) * 1000,
    tokensPerSecond: (sequences * answerTokens) / seconds,
  };
}

function filled(
  device: Device,
  sequences: number,
  tell: (id: number, tokens: readonly GeneratedToken[]) => void,
): EngineCore {
  const core = new EngineCore({ device, waiting: 0, spareFraction: 0, preemptions: 0 });
  for (let id = 0; id < sequences; id += 1) {
    const prompt = Int32Array.from({ length: promptTokens }, (_, index) => (id * 31 + index * 7) % 1000);
    const request = { prompt, answerTokens, stopTokens: [], tenant: "", sampling: greedy };
    core.submit(request, { tokens: (tokens) => tell(id, tokens), end: () => undefined });
  }
  return core;
}

function limitsOf(sequences: number): StepLimits {
  const sequenceTokens = promptTokens + answerTokens;
  return { stepTokens: 2048, sequences, sequenceTokens, topLogprobs: 0, adjustments: 1 };
}

/** Notes when a step ends and when the next one begins. */
class TimedDevice implements Device {
  readonly gaps: number[] = [];
  readonly facts;
  readonly limits;
  private readonly device: Device;
  private endedAt = Number.NaN;

  constructor(device: Device) {
    this.device = device;
    this.facts = device.facts;
    this.limits = device.limits;
  }

  start(batch: Batch): void {
    const gap = performance.now() - this.endedAt;
    if (gap >= 0) this.gaps.push(gap);
    this.endedAt = Number.NaN;
    this.device.start(batch);
  }

  finish(milliseconds: number): boolean {
    if (!this.device.finish(milliseconds)) return false;
    this.endedAt = performance.now();
    return true;
  }

  close(): void {
    this.device.close();
  }
}

/** Answers each step at once, with the token that stands in the batch. */
class IdleDevice implements Device {
  readonly facts;
  readonly limits: StepLimits;

  constructor(sequences: number) {
    this.limits = limitsOf(sequences);
    const bytes = { weightBytes: 0, kvCacheBytes: 0, workspaceBytes: 0 };
    const sizes = { vocabularySize: 32_000, hiddenSize: 1, blockTokens: 16, blocks: sequences * 24 };
    this.facts = { name: "nothing", ...sizes, ...bytes };
  }

  start(): void {
    // Nothing is computed.
  }

  finish(): boolean {
    return true;
  }

  close(): void {
    // Nothing is held.
  }
}
