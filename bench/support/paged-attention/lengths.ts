/** How long prompts and answers are: rows of a trace, or drawn where the trace cannot be had. */
import { existsSync, readFileSync } from "node:fs";
import { seededRandom } from "../../../components/planning/random.ts";
import type { Lengths } from "./policies.ts";

/** Rows of an Azure trace (TIMESTAMP, ContextTokens, GeneratedTokens); undefined where there is no file. */
export function traceLengths(file: string, sequenceTokens: number): Lengths[] | undefined {
  if (!existsSync(file)) return undefined;
  const [, ...rows] = readFileSync(file, "utf8").trim().split("\n");
  return rows
    .map((row) => row.split(","))
    .map(([, prompt, answer]) => ({ prompt: Number(prompt), answer: Number(answer) }))
    .filter(({ prompt, answer }) => prompt > 0 && answer > 0 && prompt + answer <= sequenceTokens);
}

/** Lognormal, whose logarithm has a deviation of 1, of these means; what is longer than a request is cut. */
export function drawnLengths(means: Lengths, sequenceTokens: number): Lengths[] {
  const random = seededRandom(7);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  // The mean of a lognormal lies half its variance above e to the power of its logarithm's mean.
  const draw = (mean: number) => Math.max(1, Math.round(mean * Math.exp(normal() - 0.5)));
  return Array.from({ length: 5000 }, () => {
    const prompt = Math.min(draw(means.prompt), sequenceTokens / 2);
    return { prompt, answer: Math.min(draw(means.answer), sequenceTokens - prompt) };
  });
}
