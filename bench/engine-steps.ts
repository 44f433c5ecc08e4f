/** How long does a device wait for the engine between two steps: without overlap, with it, and ahead? */
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

/** Small, so that what is done between two steps can be seen beside them; and one that is not. */
const models = [
  {
    name: "5 million parameters",
    sequences: [1, 8, 64],
    shape: { vocabulary: 2048, width: 256, feedForward: 512, layers: 4, heads: 4 },
  },
  {
    name: "85 million parameters",
    sequences: [1, 8],
    shape: { vocabulary: 2048, width: 1024, feedForward: 2816, layers: 6, heads: 8 },
  },
] as const;

export async function run(): Promise<Table> {
  const directory = mkdtempSync(join(tmpdir(), "plinth-bench-engine-steps-"));
  const server = fork(new URL("./support/message-sink.ts", import.meta.url), { serialization: "advanced" });
  try {
    const addon = await buildNative();
    const rows = [
      await measured("nothing", new IdleDevice(32), 32, server),
      await measured("nothing", new IdleDevice(256), 256, server),
    ];
    for (const { name, sequences, shape } of models) {
      writeMadeUpLlama(directory, shape);
      for (const count of sequences) {
        const sizes = { limits: limitsOf(count), blocks: count * 24 };
        const native = createNativeDevice({ addon, directory, ...sizes, threads: 2 });
        rows.push(await measured(name, native, count, server));
        native.close();
      }
    }
    return {
      question: "How long does a device wait for the engine between two steps?",
      machine: machine(),
      rows,
      notes: [
        "The processor computes Llamas of made-up parameters in bf16, with 2 threads.",
        `Prompts of ${promptTokens} tokens, answers of ${answerTokens}; medians of ${rounds} runs, in turns.`,
        "One after the other: answers are told and messages written before the next step begins.",
        "Ahead: the next step is begun while one is computed; rates and seconds of the processor are beside",
        "those of the same turn with overlap alone. A device that computes nothing has none to begin.",
      ],
    };
  } finally {
    server.kill();
    rmSync(directory, { recursive: true });
  }
}

async function measured(computes: string, device: Device, sequences: number, server: ChildProcess) {
  const timed = new TimedDevice(device);
  const found: Record<Way, Run[]> = { apart: [], together: [], ahead: [] };
  // Compiled by the time that it counts.
  await answered(timed, sequences, server, "ahead");
  for (let round = 0; round < rounds; round += 1) {
    for (const way of ways) found[way].push(await answered(timed, sequences, server, way));
  }
  const between = (runs: readonly Run[]) => median(runs.map(({ microseconds }) => microseconds));
  const ratio = (of: Way, to: Way, what: (run: Run) => number) => {
    return rounded(median(found[of].map((run, round) => what(run) / what(found[to][round] ?? run))));
  };
  const rate = ({ tokensPerSecond }: Run) => tokensPerSecond;
  return {
    computes,
    sequences,
    oneAfterTheOtherMicroseconds: rounded(between(found.apart), 0),
    overlappedMicroseconds: rounded(between(found.together), 0),
    ofThat: rounded(between(found.together) / between(found.apart)),
    tokensPerSecondOfThat: ratio("together", "apart", rate),
    ...(device.stepsAtOnce === 2 && {
      aheadTokensPerSecondOfOverlapped: ratio("ahead", "together", rate),
      aheadProcessorSecondsOfOverlapped: ratio("ahead", "together", (run) => run.processorSeconds),
      aheadMillisecondsPerStep: rounded(median(found.ahead.map((run) => run.stepMilliseconds)), 3),
    }),
  };
}

/** One after the other, overlapped, and with steps begun ahead. */
const ways = ["apart", "together", "ahead"] as const;
type Way = (typeof ways)[number];

interface Run {
  /** From the end of a step to the beginning of the next one, at the median. */
  readonly microseconds: number;
  readonly tokensPerSecond: number;
  /** Of a single token's step, at the median. */
  readonly stepMilliseconds: number;
  /** Of all threads. */
  readonly processorSeconds: number;
}

async function answered(
  device: TimedDevice,
  sequences: number,
  server: ChildProcess,
  way: Way,
): Promise<Run> {
  const told: { id: number; tokens: GeneratedToken[] }[] = [];
  const core = filled(device, sequences, way === "ahead", (id, tokens) => {
    told.push({ id, tokens: [...tokens] });
  });
  device.gaps.length = 0;
  const ends: number[] = [];
  const spent = process.cpuUsage();
  const began = performance.now();
  for (core.start(); !core.isIdle; ) {
    core.finish(Number.POSITIVE_INFINITY);
    ends.push(performance.now());
    if (way !== "apart") core.start();
    core.startAhead();
    core.tell();
    server.send({ type: "turn", stats: core.stats(), answers: told });
    told.length = 0;
    await new Promise((resolve) => setImmediate(resolve));
    if (way === "apart") core.start();
  }
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(spent);
  return {
    microseconds: median(device.gaps) * 1000,
    tokensPerSecond: (sequences * answerTokens) / seconds,
    stepMilliseconds: median(ends.slice(1).map((end, index) => end - (ends[index] ?? end))),
    processorSeconds: (user + system) / 1e6,
  };
}

function filled(
  device: Device,
  sequences: number,
  isSchedulingAhead: boolean,
  tell: (id: number, tokens: readonly GeneratedToken[]) => void,
): EngineCore {
  const rules = { waiting: 0, spareFraction: 0, preemptions: 0, isSchedulingAhead };
  const core = new EngineCore({ device, ...rules });
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
  readonly stepsAtOnce;
  private readonly device: Device;
  private endedAt = Number.NaN;

  constructor(device: Device) {
    this.device = device;
    this.facts = device.facts;
    this.limits = device.limits;
    this.stepsAtOnce = device.stepsAtOnce ?? 1;
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
