/** What a load is made of: how long each request is, and when it arrives. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { SettingsError } from "../settings.ts";
import { seededRandom } from "../tiny/random.ts";

export interface LoadRequest {
  readonly prompt: readonly number[];
  readonly answerTokens: number;
  /** Seconds after the beginning; undefined: as soon as there is room for it. */
  readonly arrivalSeconds?: number;
}

export interface Lengths {
  readonly promptTokens: number;
  readonly answerTokens: number;
  /** Seconds after the first of its trace. */
  readonly arrivalSeconds?: number;
}

const count = z.coerce.number<string>().int().min(1).max(10_000_000);
const traceRow = z.object({
  TIMESTAMP: z.string().transform((text, context) => {
    const seconds = Date.parse(`${text.trim().replace(" ", "T").slice(0, 23)}Z`) / 1000;
    if (Number.isNaN(seconds)) context.addIssue({ code: "custom", message: `${text} is no time` });
    return seconds;
  }),
  ContextTokens: count,
  GeneratedTokens: count,
});

/**
 * Lengths and times of a trace with the columns of Azure's (Azure/AzurePublicDataset, 2023): TIMESTAMP,
 * ContextTokens and GeneratedTokens. Throws a SettingsError that names the line.
 */
export function readTrace(file: string, most: number): Lengths[] {
  const [head = "", ...lines] = linesOf(file);
  const columns = head.split(",").map((column) => column.trim());
  const rows = lines.slice(0, most).map((line, index) => {
    const cells = line.split(",");
    const raw = Object.fromEntries(columns.map((column, at) => [column, cells[at]]));
    const { data, error } = traceRow.safeParse(raw);
    if (data) return data;
    const [issue] = error.issues;
    throw new SettingsError(`${file}: line ${index + 2}, ${issue?.path.join(".")}: ${issue?.message}`);
  });
  const begin = rows[0]?.TIMESTAMP;
  if (begin === undefined) throw new SettingsError(`${file}: has no request`);
  return rows.map(({ TIMESTAMP, ContextTokens, GeneratedTokens }) => ({
    promptTokens: ContextTokens,
    answerTokens: GeneratedTokens,
    arrivalSeconds: TIMESTAMP - begin,
  }));
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, "utf8").trimEnd().split(/\r?\n/);
  } catch (error) {
    throw new SettingsError(`${file}: ${(error as Error).message}`);
  }
}

export interface LoadPlan {
  readonly lengths: readonly Lengths[];
  /** Requests a second, at random times as of many clients that know nothing of each other (Poisson). */
  readonly rate?: number;
  /** How much faster than in its trace a request arrives. */
  readonly speedup: number;
  /** Of the times and the tokens. */
  readonly seed: number;
  /** Prompts are made of tokens below it. */
  readonly vocabularySize: number;
}

/** The same plan is the same load, token for token. */
export function loadOf({ lengths, rate, speedup, seed, vocabularySize }: LoadPlan): LoadRequest[] {
  const times = seededRandom(seed);
  const tokens = seededRandom(seed + 1);
  let at = 0;
  return lengths.map(({ promptTokens, answerTokens, arrivalSeconds }) => {
    const prompt = Array.from({ length: promptTokens }, () => tokens.below(vocabularySize));
    if (rate !== undefined) {
      at -= Math.log(1 - times.next()) / rate;
      return { prompt, answerTokens, arrivalSeconds: at };
    }
    if (arrivalSeconds === undefined) return { prompt, answerTokens };
    return { prompt, answerTokens, arrivalSeconds: arrivalSeconds / speedup };
  });
}
