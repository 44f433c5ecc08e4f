/** How many blocks of a trace's prompts does the engine's prefix cache find, and how many could any cache? */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { machine, rounded } from "./support/measure.ts";
import { optimalHits, replayedHits } from "./support/prefix-replay.ts";
import { BenchRefusal, type Options, type Table } from "./support/table.ts";

export const options: Options = {
  /** Trace with `hash_ids`, one request a line. */
  trace: { type: "string" },
};

/** The conversation trace of kvcache-ai/Mooncake, FAST25-release, where it lies beside the project. */
export const usualTrace = resolve(
  import.meta.dirname,
  "../../shared/data/mooncake-fast25/conversation_trace.jsonl",
);
const given = z.object({ trace: z.string().optional() });
const request = z.object({ hash_ids: z.array(z.int()) });
const poolSizes = [200_000, 100_000, 50_000, 20_000, 10_000, 5_000, 2_000];

export async function run(values: Readonly<Record<string, unknown>>): Promise<Table> {
  const { trace } = given.parse({ trace: values.trace });
  const prompts = readPrompts(trace ?? usualTrace);
  const blocks = prompts.reduce((sum, prompt) => sum + prompt.length, 0);
  const percent = (hits: number) => rounded((hits * 100) / blocks, 2);
  return {
    question: "How many blocks of a trace's prompts are found, in pools of so many?",
    machine: machine(),
    rows: poolSizes.map((size) => ({
      poolBlocks: size,
      foundPercent: percent(replayedHits(prompts, size)),
      mostPossiblePercent: percent(optimalHits(prompts, size)),
    })),
    notes: [
      `${prompts.length} prompts of ${blocks} blocks, one after the other.`,
      "Most possible: by a cache that knows the future and gives up what is needed last.",
      "Goal: within 1 point of the 36.6 % of an unbounded cache when the pool is large (conversation trace).",
    ],
  };
}

/** Blocks of each prompt, by what is in them. */
export function readPrompts(file: string): number[][] {
  if (!existsSync(file)) {
    throw new BenchRefusal(
      `The trace is not part of this project, and not in ${file}. Get FAST25-release/traces/` +
        "conversation_trace.jsonl of github.com/kvcache-ai/Mooncake and name it with --trace.",
    );
  }
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.map((line) => request.parse(JSON.parse(line)).hash_ids);
}
