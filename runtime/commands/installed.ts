/** What a runtime does wherever it is installed. */
import type { Commands } from "../command-line.ts";
import { bench } from "./bench.ts";
import { doctor } from "./doctor.ts";
import { quantize } from "./quantize.ts";
import { serve } from "./serve.ts";

export const installedCommands: Commands = {
  serve: {
    run: serve,
    usage: `answer OpenAI's API with a model, on this machine
--model DIR      config.json, *.safetensors, tokenizer.json (default: a tiny model, made here)
--settings FILE  JSON with engine, server, host, port
--keys FILE      JSON list of API keys, beside those of the settings
--host ADDRESS   (default: 127.0.0.1)
--port PORT      (default: 8000; 0: one that is free)
--name NAME      what requests call the model`,
  },
  doctor: {
    run: doctor,
    usage: `say what of a model runs on this machine, how fast, and how much fits
--model DIR, --json
--settings FILE  of serve: what it says of the engine is judged (default: the defaults)
--install-cuda   fetches NVIDIA's compiler from PyPI first (130 MB)`,
  },
  bench: {
    run: bench,
    usage: `load a server, and say how it answered: TTFT, TPOT, ITL, E2E, throughput, as JSON
--url URL                of a server (default: one is started, with --model DIR)
--key KEY, --name NAME   its API key, and what it calls the model
--requests N             (default: 100), --concurrency N at a time (default: 8)
--rate N                 a second, at random times (default: as fast as there is room)
--prompt-tokens N, --answer-tokens N   (default: 128, 32)
--trace FILE             CSV with TIMESTAMP, ContextTokens, GeneratedTokens; --speedup N
--goodput ttft:MS,tpot:MS,e2el:MS      counts the requests that meet all of them
--may-end                answers may end before their length
--seed N, --vocabulary N, --warmup N, --timeout SECONDS, --output FILE`,
  },
  quantize: {
    run: quantize,
    usage: `write a model once more, with weights of 8 or 4 bits
--model DIR --to DIR --weights int8|int4
--group N        weights that share a scale, of int4: 32, 64 or 128 (default: 128)`,
  },
};
