/** `runtime bench`: a load on a server, and how it was answered, under the names of vLLM's own bench. */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { z } from "zod";
import { loadSender } from "../load/load-client.ts";
import { type LoadReport, loadReport, type Objectives } from "../load/load-report.ts";
import { type LoadClock, runLoad } from "../load/load-run.ts";
import { startServer } from "../load/started-server.ts";
import { type Lengths, loadOf, readTrace } from "../load/workload.ts";
import { SettingsError } from "../settings.ts";

const text = { type: "string" } as const;
const flags = {
  url: text,
  key: text,
  model: text,
  name: text,
  rate: text,
  concurrency: text,
  requests: text,
  "prompt-tokens": text,
  "answer-tokens": text,
  trace: text,
  speedup: text,
  seed: text,
  vocabulary: text,
  goodput: text,
  warmup: text,
  timeout: text,
  output: text,
  "may-end": { type: "boolean" },
} as const;

const number = (least: number, most: number) => z.coerce.number<string>().min(least).max(most);
const whole = (least: number, most: number) => number(least, most).int();

const benchOptions = z.strictObject({
  /** Of a server that runs. Default: one is started. */
  url: z.url({ protocol: /^https?$/ }).optional(),
  key: z.string().min(1).max(1024).optional(),
  /** Directory of the model that a started server has. */
  model: z.string().min(1).optional(),
  /** What requests call the model. Default: the first that the server tells. */
  name: z.string().min(1).max(256).optional(),
  /** Requests a second; default: as fast as there is room. */
  rate: number(0.001, 100_000).optional(),
  concurrency: whole(1, 10_000).default(8),
  requests: whole(1, 1_000_000).default(100),
  "prompt-tokens": whole(1, 1_000_000).default(128),
  "answer-tokens": whole(1, 1_000_000).default(32),
  trace: z.string().min(1).optional(),
  speedup: number(0.001, 1_000_000).default(1),
  seed: whole(0, 2 ** 31 - 1).default(0),
  vocabulary: whole(2, 10_000_000).default(256),
  /** Such as ttft:500,tpot:50: milliseconds. */
  goodput: z.string().optional(),
  /** Requests before the load, which are not counted. */
  warmup: whole(0, 1000).default(2),
  /** Seconds, of a request, and of a server that is started until it serves. */
  timeout: whole(1, 86_400).default(600),
  output: z.string().min(1).optional(),
  "may-end": z.boolean().default(false),
});

type BenchOptions = z.output<typeof benchOptions>;

export async function bench(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: flags });
  const options = readOptions(values);
  const objectives = readObjectives(options.goodput);
  const lengths = lengthsOf(options);
  const started =
    options.url === undefined ? await startServer(serverArgs(options), options.timeout) : undefined;
  try {
    const url = (started?.url ?? options.url ?? "").replace(/\/$/, "");
    const { report, name } = await measure(url, options, lengths, objectives);
    const told = { ...contextOf(options, name), ...report };
    if (options.output) writeFileSync(options.output, `${JSON.stringify(told, null, 2)}\n`);
    process.stdout.write(`${JSON.stringify(told, null, 2)}\n`);
    return report.failed === 0 ? 0 : 1;
  } finally {
    await started?.stop();
  }
}

function serverArgs({ model }: BenchOptions): string[] {
  return model === undefined ? [] : ["--model", model];
}

function readOptions(values: Record<string, unknown>): BenchOptions {
  const { data, error } = benchOptions.safeParse(values);
  if (data) return data;
  const lines = error.issues.map(({ path, message }) => `  --${path.join(".")}: ${message}`);
  throw new SettingsError(`${lines.length} problems in the flags\n${lines.join("\n")}`);
}

const objective = /^(ttft|tpot|e2el):(\d+(?:\.\d+)?)$/;

function readObjectives(given: string | undefined): Objectives {
  if (given === undefined) return {};
  return Object.fromEntries(
    given.split(",").map((part) => {
      const [, name = "", milliseconds = ""] = objective.exec(part) ?? [];
      if (name) return [name, Number(milliseconds)];
      throw new SettingsError(`--goodput: ${part} is none of ttft:MS, tpot:MS, e2el:MS`);
    }),
  );
}

function lengthsOf(options: BenchOptions): Lengths[] {
  if (options.trace !== undefined) return readTrace(options.trace, options.requests);
  const lengths = { promptTokens: options["prompt-tokens"], answerTokens: options["answer-tokens"] };
  return Array.from({ length: options.requests }, () => lengths);
}

const clock: LoadClock = {
  now: () => performance.now() / 1000,
  sleep: (seconds) => sleep(seconds * 1000),
};

async function measure(
  url: string,
  options: BenchOptions,
  lengths: readonly Lengths[],
  objectives: Objectives,
): Promise<{ report: LoadReport; name: string }> {
  const { rate, speedup, seed, vocabulary, concurrency, key, timeout } = options;
  const name = options.name ?? (await firstModel(url, key, timeout));
  const target = { url, model: name, ignoresEnd: !options["may-end"], timeoutSeconds: timeout };
  const send = loadSender({ ...target, ...(key !== undefined && { key }) });
  const plan = { speedup, vocabularySize: vocabulary };
  const warm = loadOf({ ...plan, lengths: lengths.slice(0, options.warmup), seed: seed + 2 });
  await runLoad(
    warm.map(({ prompt, answerTokens }) => ({ prompt, answerTokens })),
    {
      send,
      concurrency,
      clock,
    },
  );
  const load = loadOf({ ...plan, lengths, seed, ...(rate !== undefined && { rate }) });
  const begun = clock.now();
  const samples = await runLoad(load, { send, concurrency, clock });
  return { report: loadReport(samples, objectives, clock.now() - begun), name };
}

const models = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })).min(1) });

async function firstModel(url: string, key: string | undefined, seconds: number): Promise<string> {
  const response = await fetch(`${url}/v1/models`, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(seconds * 1000),
  });
  const { data } = models.safeParse(await response.json().catch(() => undefined));
  if (data) return data.data[0]?.id ?? "";
  throw new SettingsError(`--url: ${url}/v1/models tells no model (status ${response.status})`);
}

/** What was asked, as vLLM's bench tells it. */
function contextOf({ rate, concurrency, requests, seed }: BenchOptions, model: string): object {
  return {
    date: new Date().toISOString(),
    backend: "openai",
    model_id: model,
    num_prompts: requests,
    request_rate: rate ?? "inf",
    burstiness: 1,
    max_concurrency: concurrency,
    seed,
  };
}
