/** How fast is the runtime beside node-llama-cpp, on the same processor with the same weights? */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createNativeDevice, nativePaths } from "../runtime/device/native.ts";
import { buildNative } from "../runtime/device/native-build.ts";
import { greedy } from "../runtime/engine/greedy.ts";
import { LocalEngine } from "../runtime/engine/local-engine.ts";
import { type LlamaContext, type LlamaSequence, llamaModule, llamaVersion } from "./support/llama-package.ts";
import { machine, median, rounded } from "./support/measure.ts";
import { type QwenFiles, type WeightFormat, weightFormats, writeQwenFiles } from "./support/qwen-files.ts";
import { BenchRefusal, type Options, type Table } from "./support/table.ts";

export const options: Options = {
  repeats: { type: "string", default: "5" },
  threads: { type: "string", default: String(availableParallelism()) },
  weights: { type: "string", default: "bf16" },
};

const sequences = 8;
const promptTokens = 512;
/** Before what is decoded, and decoded. */
const contextTokens = 32;
const decodedTokens = 16;

/** Calls `told` when a request has its next token; resolves when it has all that it wants. */
type Answer = (prompt: readonly number[], tokens: number, told: (token: number) => void) => Promise<void>;

interface Engine {
  /** One for each request at a time. */
  readonly answers: readonly Answer[];
  close(): Promise<void>;
}

/** Each run has another prompt: nothing of it is found in a cache. */
let runs = 0;
function promptOf(tokens: number): number[] {
  runs += 1;
  return Array.from({ length: tokens }, (_, index) => 300 + ((index * 31 + runs * 7919) % 100_000));
}

async function ours({ directory }: QwenFiles, threads: number): Promise<Engine> {
  const addon = await buildNative();
  const limits = { stepTokens: 512, sequences, sequenceTokens: 1024, topLogprobs: 20, adjustments: 1024 };
  const device = createNativeDevice({ addon, directory, limits, blocks: 1024, threads });
  const engine = new LocalEngine({ device, waiting: 0, spareFraction: 0, preemptions: 0 });
  const answer: Answer = (prompt, answerTokens, told) =>
    new Promise((resolve, reject) => {
      const tokens = (list: readonly { readonly token: number }[]) => {
        for (const { token } of list) told(token);
      };
      const request = { prompt: Int32Array.from(prompt), answerTokens, stopTokens: [], tenant: "" };
      const { admission } = engine.submit({ ...request, sampling: greedy }, { tokens, end: () => resolve() });
      if (admission !== "waiting") reject(new Error(`not taken: ${admission}`));
    });
  return { answers: Array.from({ length: sequences }, () => answer), close: () => engine.close() };
}

async function theirs({ gguf }: QwenFiles, threads: number): Promise<Engine> {
  const { getLlama } = await llamaModule();
  const llama = await getLlama({ gpu: false, build: "never", logLevel: "error", maxThreads: threads });
  const model = await llama.loadModel({ modelPath: gguf });
  const sizes = { contextSize: 1024, batchSize: 512, sequences };
  const context: LlamaContext = await model.createContext({ ...sizes, threads });
  const all = Array.from({ length: sequences }, () => context.getSequence());
  return { answers: all.map(answerOf), close: () => context.dispose() };
}

function answerOf(sequence: LlamaSequence): Answer {
  return async (prompt, tokens, told) => {
    await sequence.clearHistory();
    let count = 0;
    for await (const token of sequence.evaluate(prompt, { temperature: 0, yieldEogTokens: true })) {
      told(token);
      count += 1;
      if (count === tokens) break;
    }
  };
}

const names = ["plinth", "node-llama-cpp"];
const now = () => performance.now() / 1000;

/** Tokens a second of a prompt, up to the first token after it. */
async function prefill({ answers }: Engine): Promise<number> {
  const begin = now();
  await answers[0]?.(promptOf(promptTokens), 1, () => undefined);
  return promptTokens / (now() - begin);
}

/** Tokens a second of all requests together, from when each of them has its first to the last one's end. */
async function decode({ answers }: Engine, count: number): Promise<number> {
  let begun = 0;
  let begin = 0;
  let tokens = 0;
  const asked = answers.slice(0, count).map((answer) => {
    let own = 0;
    return answer(promptOf(contextTokens), decodedTokens, () => {
      own += 1;
      if (own === 1) begun += 1;
      if (begin > 0) tokens += 1;
      else if (begun === count) begin = now();
    });
  });
  await Promise.all(asked);
  return tokens / (now() - begin);
}

const works = {
  [`prefill of ${promptTokens}`]: prefill,
  "decode, 1 request": (engine: Engine) => decode(engine, 1),
  [`decode, ${sequences} requests`]: (engine: Engine) => decode(engine, sequences),
};

/** The same weights are the same answers, as far as rounding lets them. */
async function firstTokens({ answers }: Engine): Promise<number[]> {
  const prompt = Array.from({ length: contextTokens }, (_, index) => 300 + index * 97);
  const tokens: number[] = [];
  await answers[0]?.(prompt, 8, (token) => tokens.push(token));
  return tokens;
}

export async function run(values: Readonly<Record<string, unknown>>): Promise<Table> {
  const [repeats, threads] = [Number(values.repeats), Number(values.threads)];
  if (![repeats, threads].every((value) => Number.isInteger(value) && value >= 1 && value <= 1000))
    throw new BenchRefusal("--repeats and --threads want whole numbers from 1 to 1000");
  const weights = weightFormats.find((format) => format === values.weights);
  if (!weights) throw new BenchRefusal(`--weights is one of ${weightFormats.join(", ")}`);
  const directory = mkdtempSync(join(tmpdir(), "plinth-bench-llama-"));
  const engines: Engine[] = [];
  try {
    const files = writeQwenFiles(directory, weights);
    engines.push(await ours(files, threads), await theirs(files, threads));
    const agreed = await agreement(engines);
    const speeds = await measure(engines, repeats);
    return await table(speeds, { repeats, threads, weights, agreed });
  } finally {
    for (const engine of engines) await engine.close();
    rmSync(directory, { recursive: true });
  }
}

/** How many of the first greedy tokens both chose, from the beginning on. */
async function agreement(engines: readonly Engine[]): Promise<number> {
  const told: number[][] = [];
  for (const engine of engines) told.push(await firstTokens(engine));
  const [a = [], b = []] = told;
  const different = a.findIndex((token, index) => token !== b[index]);
  return different === -1 ? a.length : different;
}

/** By work, and then by engine; they take turns, and who begins changes each time. */
async function measure(engines: readonly Engine[], repeats: number): Promise<Map<string, number[][]>> {
  const speeds = new Map(Object.keys(works).map((name) => [name, engines.map((): number[] => [])]));
  for (let turn = -1; turn < repeats; turn += 1) {
    for (const [name, work] of Object.entries(works)) {
      const order = turn % 2 === 0 ? [0, 1] : [1, 0];
      for (const index of order) {
        const engine = engines[index];
        const speed = engine ? await work(engine) : 0;
        // The first turn is to warm up.
        if (turn >= 0) speeds.get(name)?.[index]?.push(speed);
        process.stderr.write(
          `turn ${turn + 1} of ${repeats}, ${name}, ${names[index]}: ${rounded(speed, 1)}/s\n`,
        );
      }
    }
  }
  return speeds;
}

async function table(
  speeds: ReadonlyMap<string, readonly (readonly number[])[]>,
  how: { repeats: number; threads: number; weights: WeightFormat; agreed: number },
): Promise<Table> {
  const { repeats, threads, weights, agreed } = how;
  const spread = (values: readonly number[]) =>
    `${rounded(Math.min(...values), 1)}..${rounded(Math.max(...values), 1)}`;
  const rows = [...speeds].map(([work, [own = [], other = []]]) => ({
    work,
    plinth: rounded(median(own), 1),
    plinthSpread: spread(own),
    nodeLlamaCpp: rounded(median(other), 1),
    nodeLlamaCppSpread: spread(other),
    ratio: rounded(median(own.map((value, turn) => value / (other[turn] ?? Number.NaN)))),
  }));
  const [path = ""] = nativePaths(await buildNative());
  return {
    question: "How fast is the runtime beside node-llama-cpp, on the same processor with the same weights?",
    machine: `${machine()}, path ${path}, ${threads} threads, ${new Date().toISOString().slice(0, 10)}`,
    rows,
    notes: [
      `Tokens a second with weights in ${weights}, medians of ${repeats} turns; ` +
        "of ratios the median of those of each turn.",
      `A Qwen2.5 of 0.5 billion made-up parameters; node-llama-cpp ${llamaVersion}, built for linux-x64.`,
      `Both chose the same first ${agreed} of 8 greedy tokens.`,
    ],
  };
}
