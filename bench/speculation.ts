/** How much faster are answers whose tokens are guessed ahead, by what they say and how many share a step? */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Batch, Device } from "../runtime/device/contract.ts";
import { createNativeDevice } from "../runtime/device/native.ts";
import { buildNative } from "../runtime/device/native-build.ts";
import { EngineCore } from "../runtime/engine/engine-core.ts";
import { greedy } from "../runtime/engine/greedy.ts";
import { writeMadeUpLlama } from "./support/made-up-llama.ts";
import { machine, rounded } from "./support/measure.ts";
import { type AnswerText, answerTexts } from "./support/speculation-texts.ts";
import type { Options, Table } from "./support/table.ts";

export const options: Options = {};

const batches = [1, 8, 32];
const rounds = 3;
const promptTokens = 64;
const answerTokens = 48;
const draftTokens = 4;
const ngram = { min: 2, max: 4 };

export async function run(): Promise<Table> {
  const directory = mkdtempSync(join(tmpdir(), "plinth-bench-speculation-"));
  try {
    writeMadeUpLlama(directory);
    const addon = await buildNative();
    const limits = { stepTokens: 512, sequences: 32, sequenceTokens: 128, topLogprobs: 0, adjustments: 1 };
    const device = createNativeDevice({
      addon,
      directory,
      limits: { ...limits, draftTokens },
      blocks: 32 * 8,
    });
    const rows = answerTexts.flatMap((text) => batches.map((batch) => measured(device, text, batch)));
    device.close();
    return table(rows);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function measured(device: Device, text: AnswerText, batch: number) {
  const times = new StepTimes();
  const runs = Array.from({ length: rounds }, () => {
    // In turn, so that whatever else the machine does meets both.
    return [answered(device, times, text, batch, 0), answered(device, times, text, batch, draftTokens)];
  });
  const [plain, guessing] = runs[0] as [Run, Run];
  const seconds = times.of(guessing.steps);
  return {
    answers: text.name,
    requests: batch,
    tokensPerSecond: rounded((batch * answerTokens) / seconds, 0),
    ofThatWithout: rounded(times.of(plain.steps) / seconds),
    steps: guessing.steps.length,
    ofStepsWithout: rounded(guessing.steps.length / plain.steps.length),
    ofTokensComputedWithout: rounded(total(guessing.steps) / total(plain.steps)),
    rightOfGuessed: rounded(guessing.accepted / Math.max(1, guessing.drafted)),
  };
}

const total = (steps: readonly number[]) => steps.reduce((sum, tokens) => sum + tokens, 0);

interface Run {
  /** Tokens of each step, its kind. */
  readonly steps: readonly number[];
  readonly drafted: number;
  readonly accepted: number;
}

/** The fastest step of each kind: what else a machine does makes steps slower, and none faster. */
class StepTimes {
  private readonly fastest = new Map<number, number>();

  add(tokens: number, seconds: number): void {
    this.fastest.set(tokens, Math.min(seconds, this.fastest.get(tokens) ?? Number.POSITIVE_INFINITY));
  }

  of(steps: readonly number[]): number {
    return steps.reduce((sum, tokens) => sum + (this.fastest.get(tokens) ?? 0), 0);
  }
}

function answered(device: Device, times: StepTimes, text: AnswerText, batch: number, tokens: number): Run {
  const texts = Array.from({ length: batch }, (_, index) => text.make(index, promptTokens, answerTokens));
  const scripted = new ScriptedDevice(device, texts, times);
  const speculation = { tokens, ngram };
  const core = new EngineCore({
    device: scripted,
    waiting: 0,
    spareFraction: 0,
    preemptions: 0,
    speculation,
  });
  for (const [index, text] of texts.entries()) {
    const sampling = { ...greedy, seed: BigInt(index) };
    const request = {
      prompt: text.slice(0, promptTokens),
      answerTokens,
      stopTokens: [],
      tenant: "",
      sampling,
    };
    core.submit(request, { tokens: () => undefined, end: () => undefined });
  }
  while (!core.isIdle) {
    core.start();
    core.finish(Number.POSITIVE_INFINITY);
    core.tell();
  }
  const { draftTokens: drafted, acceptedTokens: accepted } = core.stats();
  return { steps: scripted.steps, drafted, accepted };
}

/** Computes every step for real, and answers what stands in the text of each request. */
class ScriptedDevice implements Device {
  readonly steps: number[] = [];
  private readonly device: Device;
  private readonly texts: readonly Int32Array[];
  private readonly times: StepTimes;
  private started: { readonly batch: Batch; readonly milliseconds: number } | undefined;

  constructor(device: Device, texts: readonly Int32Array[], times: StepTimes) {
    this.device = device;
    this.texts = texts;
    this.times = times;
  }

  get facts() {
    return this.device.facts;
  }

  get limits() {
    return this.device.limits;
  }

  start(batch: Batch): void {
    this.started = { batch, milliseconds: performance.now() };
    this.device.start(batch);
  }

  finish(milliseconds: number): boolean {
    if (!this.device.finish(milliseconds)) return false;
    if (this.started) this.answer(this.started.batch, performance.now() - this.started.milliseconds);
    return true;
  }

  private answer(batch: Batch, milliseconds: number): void {
    this.times.add(batch.tokens, milliseconds / 1000);
    this.steps.push(batch.tokens);
    for (let index = 0; index < batch.sequences; index += 1) {
      const text = this.texts[Number(batch.seed[index])];
      const rows = 1 + (batch.draftTokens[index] ?? 0);
      const end = batch.contextLength[index] ?? 0;
      for (let row = 0; row < rows; row += 1) {
        batch.sampled[index * batch.rowsPerSequence + row] = text?.[end - rows + row + 1] ?? 0;
      }
    }
  }

  close(): void {
    this.device.close();
  }
}

function table(rows: Table["rows"]): Table {
  return {
    question: "How much faster are answers whose tokens are guessed ahead?",
    machine: machine(),
    rows,
    notes: [
      "A Llama of 218 million made-up parameters in bf16 computes every step; what it answers is scripted.",
      `Prompts of ${promptTokens} tokens, answers of ${answerTokens}; their times hold both.`,
      `Up to ${draftTokens} guesses a step, after ${ngram.min} to ${ngram.max} tokens that are alike.`,
      "A step counts with the time of the fastest that had as many tokens, in three rounds with and without.",
    ],
  };
}
