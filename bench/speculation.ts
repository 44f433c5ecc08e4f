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
import { machine, median, rounded } from "./support/measure.ts";
import { type AnswerText, answerTexts } from "./support/speculation-texts.ts";
import type { Options, Table } from "./support/table.ts";

export const options: Options = {};

const batches = [1, 8, 32];
const rounds = 5;
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
  const turns = Array.from({ length: rounds }, (_, round) => {
    const run = (tokens: number) => answered(device, text, batch, tokens);
    // Side by side and each first in its turn: whatever else the machine does meets both.
    if (round % 2 === 0) return { plain: run(0), guessing: run(draftTokens) };
    const guessing = run(draftTokens);
    return { plain: run(0), guessing };
  });
  const [first] = turns;
  if (!first) throw new Error("no turn was measured");
  const { plain, guessing } = first;
  const seconds = median(turns.map((turn) => turn.guessing.seconds));
  const ratios = turns.map((turn) => turn.guessing.seconds / turn.plain.seconds);
  return {
    answers: text.name,
    requests: batch,
    tokensPerSecond: rounded((batch * answerTokens) / seconds, 0),
    seconds: rounded(seconds, 3),
    secondsWithout: rounded(median(turns.map((turn) => turn.plain.seconds)), 3),
    ofSecondsWithout: rounded(median(ratios)),
    least: rounded(Math.min(...ratios)),
    most: rounded(Math.max(...ratios)),
    ofStepsWithout: rounded(guessing.steps.length / plain.steps.length),
    ofTokensComputedWithout: rounded(total(guessing.steps) / total(plain.steps)),
    rightOfGuessed: rounded(guessing.accepted / Math.max(1, guessing.drafted)),
  };
}

const total = (steps: readonly number[]) => steps.reduce((sum, tokens) => sum + tokens, 0);

interface Run {
  /** From the first request to the last token. */
  readonly seconds: number;
  /** Tokens of each step. */
  readonly steps: readonly number[];
  readonly drafted: number;
  readonly accepted: number;
}

function answered(device: Device, text: AnswerText, batch: number, tokens: number): Run {
  const texts = Array.from({ length: batch }, (_, index) => text.make(index, promptTokens, answerTokens));
  const scripted = new ScriptedDevice(device, texts);
  const speculation = { tokens, ngram };
  const core = new EngineCore({
    device: scripted,
    waiting: 0,
    spareFraction: 0,
    preemptions: 0,
    speculation,
  });
  const from = performance.now();
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
  const seconds = (performance.now() - from) / 1000;
  const { draftTokens: drafted, acceptedTokens: accepted } = core.stats();
  return { seconds, steps: scripted.steps, drafted, accepted };
}

/** Computes every step for real, and answers what stands in the text of each request. */
class ScriptedDevice implements Device {
  readonly steps: number[] = [];
  private readonly device: Device;
  private readonly texts: readonly Int32Array[];
  private started: Batch | undefined;

  constructor(device: Device, texts: readonly Int32Array[]) {
    this.device = device;
    this.texts = texts;
  }

  get facts() {
    return this.device.facts;
  }

  get limits() {
    return this.device.limits;
  }

  start(batch: Batch): void {
    this.started = batch;
    this.device.start(batch);
  }

  finish(milliseconds: number): boolean {
    if (!this.device.finish(milliseconds)) return false;
    if (this.started) this.answer(this.started);
    return true;
  }

  private answer(batch: Batch): void {
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
      `Medians of ${rounds} turns, each with and without guesses side by side; ratios are those of a turn.`,
    ],
  };
}
