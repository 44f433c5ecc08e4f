/** Requests of a trace on the whole server, as they arrived, and how long their tokens took. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loadSender } from "../../../runtime/load/load-client.ts";
import { loadReport } from "../../../runtime/load/load-report.ts";
import { runLoad } from "../../../runtime/load/load-run.ts";
import { startServer } from "../../../runtime/load/started-server.ts";
import { type Lengths, loadOf, readTrace } from "../../../runtime/load/workload.ts";
import { rounded } from "../measure.ts";

export interface TraceRun {
  /** With the columns of Azure's: see `readTrace`. */
  readonly file: string;
  readonly requests: number;
  /** How much faster than in the trace requests arrive. */
  readonly speedup: number;
  readonly engine: Readonly<Record<string, string | number>>;
  readonly sequenceTokens: number;
}

const startSeconds = 240;
const requestSeconds = 300;
const name = "made-up";
/** Tokens of prompts are bytes. */
const vocabularySize = 256;

export async function measureTrace(directory: string, run: TraceRun) {
  const { sequenceTokens } = run;
  const lengths = readTrace(run.file, run.requests).filter(
    ({ promptTokens, answerTokens }) => promptTokens + answerTokens <= sequenceTokens,
  );
  const settings = mkdtempSync(join(tmpdir(), "plinth-bench-trace-"));
  const file = join(settings, "runtime.json");
  const engine = { ...run.engine, sequenceTokens, waiting: run.requests, startSeconds };
  writeFileSync(file, JSON.stringify({ engine, server: { models: [name], waitSeconds: 86_400 } }));
  try {
    const server = await startServer(["--model", directory, "--settings", file], startSeconds);
    try {
      return await play(server.url, lengths, run);
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(settings, { recursive: true });
  }
}

async function play(url: string, lengths: readonly Lengths[], { speedup, requests }: TraceRun) {
  const target = { url, model: name, ignoresEnd: true, timeoutSeconds: requestSeconds };
  const clock = {
    now: () => performance.now() / 1000,
    sleep: (seconds: number) => sleep(seconds * 1000),
  };
  const load = loadOf({ lengths, speedup, seed: 0, vocabularySize });
  const begun = clock.now();
  const samples = await runLoad(load, { send: loadSender(target), concurrency: requests, clock });
  return traceRow(lengths.length, speedup, loadReport(samples, {}, clock.now() - begun));
}

export function traceRow(requests: number, speedup: number, report: ReturnType<typeof loadReport>) {
  const figure = (of: string) => rounded(Number(report[of]), 1);
  return {
    what: `trace, ${requests} requests, ${speedup} times as fast`,
    failed: report.failed,
    requestsPerSecond: rounded(report.request_throughput),
    tokensPerSecond: rounded(report.output_throughput, 0),
    ttftMedian: figure("median_ttft_ms"),
    ttftP99: figure("p99_ttft_ms"),
    tpotMedian: figure("median_tpot_ms"),
    tpotP99: figure("p99_tpot_ms"),
  };
}
