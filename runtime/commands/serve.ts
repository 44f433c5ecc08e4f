/** `runtime serve`: a model in, an OpenAI-compatible server out, until a signal drains it. */
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { buildNative } from "../device/native-build.ts";
import { EngineProcess } from "../engine/engine-process.ts";
import { readModelConfig } from "../models/model-config.ts";
import { pageRoutes } from "../page/page-routes.ts";
import { type LogEntry, RuntimeServer } from "../server/server.ts";
import { type RuntimeSettings, readSettings } from "../settings.ts";
import { textModel } from "../text-model.ts";
import { tinyModelDirectory } from "../tiny/tiny-directory.ts";
import { version } from "../version.ts";

const flags = {
  model: { type: "string" },
  settings: { type: "string" },
  host: { type: "string" },
  port: { type: "string" },
  name: { type: "string" },
} as const;

/** Tokens of one request where neither the settings nor the model's own context say fewer. */
const usualSequenceTokens = 8192;

export async function serve(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: flags });
  const isTiny = values.model === undefined && values.settings === undefined;
  const model = isTiny ? await tinyModel() : values.model;
  const settings = readSettings({ ...values, model }, isTiny ? "tiny" : basename(model ?? "model"));
  const givenUp = Promise.withResolvers<"given up">();
  const engine = await startEngine(settings, () => givenUp.resolve("given up"));
  const server = new RuntimeServer({
    engine,
    text: textModel(settings.engine.model),
    settings: settings.server,
    version,
    log: writeLog,
    extend: pageRoutes,
  });
  const port = await server.listen(settings.host, settings.port);
  const { device, sequenceTokens, requests } = engine.facts;
  say(`${settings.server.models[0]} on ${device}: ${sequenceTokens} tokens a request, ${requests} requests`);
  say(`Ready at http://${settings.host}:${port}/ (chat), http://${settings.host}:${port}/v1 (OpenAI)`);
  const reason = await Promise.race([stopSignal(), givenUp.promise]);
  const isGivenUp = reason === "given up";
  if (isGivenUp) say("The engine is given up: whoever supervises this process may start it anew");
  else say(`${reason}: no new requests; those that run have ${settings.server.drainSeconds} s`);
  await server.close();
  await engine.close();
  return isGivenUp ? 1 : 0;
}

async function startEngine(settings: RuntimeSettings, onGivenUp: () => void): Promise<EngineProcess> {
  const { engine } = settings;
  const { contextTokens } = readModelConfig(join(engine.model, "config.json"));
  const sequenceTokens = engine.sequenceTokens ?? Math.min(contextTokens, usualSequenceTokens);
  const addon = await buildNative();
  return EngineProcess.start({
    entry: join(import.meta.dirname, "..", "engine-main.ts"),
    settings: { ...engine, sequenceTokens, addon },
    startSeconds: engine.startSeconds,
    failedStarts: engine.failedStarts,
    pauseSeconds: engine.pauseSeconds,
    onLost: (message) => say(`The engine was lost: ${message}; it is started again`),
    onGivenUp,
  });
}

async function tinyModel(): Promise<string> {
  return tinyModelDirectory({
    onProgress: ({ step, steps, loss }) => {
      if (step % 100 === 0) say(`Training the tiny model: step ${step} of ${steps}, loss ${loss.toFixed(3)}`);
    },
  });
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
