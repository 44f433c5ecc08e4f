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
const rounds = 3;
const promptTokens = 64;
const answerTokens = 64;
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
  const ratios: number[] = [];
  let accepted = 0;
  let drafted = 0;
  let speed = 0;
  for (let round = 0; round < rounds; round += 1) {
    // In turn, so that whatever else the machine does meets both.
    const plain = answered(device, text, batch, 0);
    const guessing = answered(device, text, batch, draftTokens);
    ratios.push(plain.seconds / guessing.seconds);
    accepted = guessing.acceptedTokens;
    drafted = guessing.draftTokens;
    speed = (batch * answerTokens) / guessing.seconds;
  }
  return {
    answers: text.name,
    requests: batch,
    tokensPerSecond: rounded(speed, 0),
    ofThatWithout: rounded(median(ratios)),
    guessedOfAnswer: rounded(drafted / (batch * answerTokens)),
    rightOfGuessed: rounded(drafted === 0 ? 0 : accepted / drafted),
  };
}

function answered(device: Device, text: AnswerText, batch: number, tokens: number) {
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
  for (const [index, text] of texts.entries()) {
    const sampling = { ...greedy, seed: BigInt(index) };
    // Nothing is found of it that another round computed.
    const request = {
      prompt: text.slice(0, promptTokens),
      answerTokens,
      stopTokens: [],
      tenant: "",
      sampling,
    };
    core.submit(request, { tokens: () => undefined, end: () => undefined });
  }
  const start = performance.now();
  while (!core.isIdle) core.run();
  return { seconds: (performance.now() - start) / 1000, ...core.stats() };
}

/** Computes every step for real, and answers what stands in the text of each request. */
class ScriptedDevice implements Device {
  private readonly device: Device;
  private readonly texts: readonly Int32Array[];

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

  step(batch: Batch): void {
    this.device.step(batch);
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
      "Ratios are medians of three rounds, with and without in turn.",
    ],
  };
}
