/** Entry of `npm run runtime`. */
import { bench } from "./commands/bench.ts";
import { doctor } from "./commands/doctor.ts";
import { image } from "./commands/image.ts";
import { mounts } from "./commands/mounts.ts";
import { prebuild } from "./commands/prebuild.ts";
import { quantize } from "./commands/quantize.ts";
import { serve } from "./commands/serve.ts";
import { ModelFileError } from "./models/model-file-error.ts";
import { SettingsError } from "./settings.ts";

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  serve,
  doctor,
  bench,
  quantize,
  image,
  mounts,
  prebuild,
};

const usage = `Usage: npm run runtime -- COMMAND [FLAGS]

  serve     answer OpenAI's API with a model, on this machine
            --model DIR      config.json, *.safetensors, tokenizer.json (default: a tiny model, made here)
            --settings FILE  JSON with engine, server, host, port
            --keys FILE      JSON list of API keys, beside those of the settings
            --host ADDRESS   (default: 127.0.0.1)
            --port PORT      (default: 8000; 0: one that is free)
            --name NAME      what requests call the model
  doctor    say what of a model runs on this machine, how fast, and how much fits
            --model DIR, --json
            --install-cuda   fetches NVIDIA's compiler from PyPI first (130 MB)
  bench     load a server, and say how it answered: TTFT, TPOT, ITL, E2E, throughput, as JSON
            --url URL                of a server (default: one is started, with --model DIR)
            --key KEY, --name NAME   its API key, and what it calls the model
            --requests N             (default: 100), --concurrency N at a time (default: 8)
            --rate N                 a second, at random times (default: as fast as there is room)
            --prompt-tokens N, --answer-tokens N   (default: 128, 32)
            --trace FILE             CSV with TIMESTAMP, ContextTokens, GeneratedTokens; --speedup N
            --goodput ttft:MS,tpot:MS,e2el:MS      counts the requests that meet all of them
            --may-end                answers may end before their length
            --seed N, --vocabulary N, --warmup N, --timeout SECONDS, --output FILE
  quantize  write a model once more, with weights of 8 or 4 bits
            --model DIR --to DIR --weights int8|int4
            --group N        weights that share a scale, of int4: 32, 64 or 128 (default: 128)
  image     write a container image as an OCI layout; no daemon is needed
            --to DIR         a directory that is not there yet
            --model DIR      put into the image at /model (default: none; mount one there)
            --tag NAME       (default: the version)
  mounts    say which files of this machine make up an image with the tiny model, as JSON
  prebuild  build the kernels for machines of this platform that have no compiler
            --to DIR         (default: prebuilds, where the runtime looks)

Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

const [name = "", ...rest] = process.argv.slice(2);
process.exitCode = await run();
// What a library still waits for, such as a collector that does not answer, keeps nobody's process.
for (const stream of [process.stdout, process.stderr]) await drained(stream);
process.exit();

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}

async function run(): Promise<number> {
  const command = commands[name];
  if (!command) {
    process.stderr.write(usage);
    return 2;
  }
  try {
    return await command(rest);
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  const code = (error as NodeJS.ErrnoException).code;
  const isWrong = typeof code === "string" && code.startsWith("ERR_PARSE_ARGS");
  if (isWrong || error instanceof SettingsError) {
    process.stderr.write(`${(error as Error).message}\n${isWrong ? `\n${usage}` : ""}`);
    return 2;
  }
  const isExpected = error instanceof ModelFileError;
  process.stderr.write(`${isExpected ? error.message : ((error as Error).stack ?? String(error))}\n`);
  return 1;
}
