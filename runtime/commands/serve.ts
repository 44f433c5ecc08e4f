/** `runtime serve`: a model in, an OpenAI-compatible server out, until a signal drains it. */
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { EngineProcess } from "../engine/engine-process.ts";
import { checkRoom, planEngine, plannedMemory } from "../engine-plan.ts";
import { KeyFiles, type KeyFilesOptions } from "../key-files.ts";
import { readEmbeddingConfig } from "../models/embedding-config.ts";
import { readModelConfig } from "../models/model-config.ts";
import { pageRoutes } from "../page/page-routes.ts";
import type { LogEntry } from "../server/exchange.ts";
import { LoadingServer } from "../server/loading-server.ts";
import { RuntimeServer, type RuntimeServerOptions } from "../server/server.ts";
import type { TextResult, TextTask } from "../server/text-task.ts";
import { keyFilesOf, type RuntimeSettings, readKeys, readSettings, tracesEndpointOf } from "../settings.ts";
import { textModel } from "../text-model.ts";
import { ThreadPool } from "../thread-pool.ts";
import { tinyModelDirectory } from "../tiny/tiny-directory.ts";
import { version } from "../version.ts";

const flags = {
  model: { type: "string" },
  settings: { type: "string" },
  keys: { type: "string" },
  host: { type: "string" },
  port: { type: "string" },
  name: { type: "string" },
} as const;

/** For the end of an engine that was killed while it loaded. */
const endMilliseconds = 1000;

export async function serve(args: readonly string[]): Promise<number> {
  endWithParent();
  const { values } = parseArgs({ args: [...args], options: flags });
  const isTiny = values.model === undefined && values.settings === undefined;
  const model = isTiny ? await tinyModel() : values.model;
  const tracesEndpoint = tracesEndpointOf(process.env, say);
  const settings = readSettings(
    { ...values, model, tracesEndpoint },
    isTiny ? "tiny" : basename(model ?? "model"),
  );
  const stopped = stopSignal();
  const text = textModel(settings.engine.model);
  const embedding = readEmbeddingConfig(settings.engine.model);
  const textThreads = textThreadsOf(settings);
  const readAgain = { files: keyFilesOf(values), read: () => readKeys(values) };
  const givenUp = Promise.withResolvers<"given up">();
  const loading = await loadingServer(settings);
  try {
    const starting = startEngine(settings, text.stopTokens, () => givenUp.resolve("given up"), stopped);
    const engine = await Promise.race([starting, stopped]);
    if (typeof engine === "string") {
      say(`${engine}: ended before it was ready`);
      // Its process is killed, unless it was not there yet: whatever is still built is not waited for.
      const ended = starting.then((late) => late.close()).catch(() => undefined);
      await Promise.race([ended, sleep(endMilliseconds)]);
      return 0;
    }
    try {
      const model = { text, textThreads, embedding };
      const beside = { loading, readAgain, stopped, givenUp: givenUp.promise };
      return await serveUntilStopped(settings, engine, model, beside);
    } finally {
      await textThreads.close();
      await engine.close();
    }
  } finally {
    await loading?.close();
  }
}

/** Where a free port is asked for nobody knows which it is before it is told. */
async function loadingServer({ host, port, server }: RuntimeSettings): Promise<LoadingServer | undefined> {
  if (port === 0) return undefined;
  const loading = await LoadingServer.listen(host, port, server);
  say(`Loading the model; until it is ready http://${host}:${port}/health/live alone is answered well`);
  return loading;
}

interface Beside {
  readonly loading: LoadingServer | undefined;
  readonly readAgain: Pick<KeyFilesOptions, "files" | "read">;
  readonly stopped: Promise<NodeJS.Signals>;
  readonly givenUp: Promise<"given up">;
}

/** The exit code: an engine that is given up is a failure. */
async function serveUntilStopped(
  settings: RuntimeSettings,
  engine: EngineProcess,
  model: Pick<RuntimeServerOptions, "text" | "textThreads" | "embedding">,
  { loading, readAgain, stopped, givenUp }: Beside,
): Promise<number> {
  const { server: served } = settings;
  const parts = { ...model, engine, settings: served, version, log: writeLog, extend: pageRoutes };
  const server = new RuntimeServer(parts);
  // For a moment nobody listens, and whoever asks then is refused by the system.
  await loading?.close();
  const port = await server.listen(settings.host, settings.port);
  const taken = server.useKeys.bind(server);
  const keyFiles = new KeyFiles({ ...readAgain, seconds: served.keysSeconds, taken, say }, served.keys);
  keyFiles.start();
  const { device, sequenceTokens, requests } = engine.facts;
  say(`${served.models[0]} on ${device}: ${sequenceTokens} tokens a request, ${requests} requests`);
  say(`Ready at http://${settings.host}:${port}/ (chat), http://${settings.host}:${port}/v1 (OpenAI)`);
  let reason = await Promise.race([stopped, givenUp]);
  if (reason !== "given up" && served.leaveSeconds > 0) {
    say(`${reason}: unready; new requests are taken for ${served.leaveSeconds} s more`);
    reason = await Promise.race([server.leave().then(() => reason), givenUp]);
  }
  const isGivenUp = reason === "given up";
  if (isGivenUp) say("The engine is given up: whoever supervises this process may start it anew");
  else say(`${reason}: no new requests; those that run have ${served.drainSeconds} s`);
  await server.close();
  keyFiles.stop();
  return isGivenUp ? 1 : 0;
}

async function startEngine(
  settings: RuntimeSettings,
  stopTokens: readonly number[],
  onGivenUp: () => void,
  stopped: Promise<NodeJS.Signals>,
): Promise<EngineProcess> {
  const unwanted = new AbortController();
  void stopped.then((name) => unwanted.abort(new Error(name)));
  const { engine } = settings;
  const config = readModelConfig(join(engine.model, "config.json"));
  const { device, addon, reason, sequenceTokens } = await planEngine(engine, config);
  if (reason !== undefined) say(`The processor computes: ${reason}`);
  if (device === "cpu") checkRoom(plannedMemory({ ...engine, sequenceTokens }, config));
  const options = {
    entry: fileURLToPath(new URL("../engine-main.ts", import.meta.url)),
    settings: { ...engine, sequenceTokens, device, addon, stopTokens },
    startSeconds: engine.startSeconds,
    failedStarts: engine.failedStarts,
    pauseSeconds: engine.pauseSeconds,
    silenceSeconds: engine.silenceSeconds,
    onLost: (message: string) => say(`The engine was lost: ${message}; it is started again`),
    onGivenUp,
  };
  return EngineProcess.start(options, unwanted.signal);
}

/** For as long as such a thread has nothing to do, its model's text is kept. */
const idleMilliseconds = 60_000;
/** About as long as a new thread takes to load a model's text. */
const unwantedMilliseconds = 500;

function textThreadsOf({ engine, server }: RuntimeSettings): ThreadPool<TextTask, TextResult> {
  return new ThreadPool({
    entry: new URL("../text-main.ts", import.meta.url),
    data: engine.model,
    threads: server.textThreads,
    waiting: server.textsWaiting,
    milliseconds: server.textSeconds * 1000,
    unwantedMilliseconds,
    idleMilliseconds,
  });
}

async function tinyModel(): Promise<string> {
  return tinyModelDirectory({
    onProgress: ({ step, steps, loss }) => {
      if (step % 100 === 0) say(`Training the tiny model: step ${step} of ${steps}, loss ${loss.toFixed(3)}`);
    },
  });
}

/** Whoever started it with a channel wants it for as long as it lives itself: as if it had sent a signal. */
function endWithParent(): void {
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  // The listener alone would keep a server that has ended.
  process.channel?.unref();
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, resolve);
  });
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

function writeLog(entry: LogEntry): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
}
