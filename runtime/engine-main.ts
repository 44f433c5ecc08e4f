/** Entry of the engine's own process: loads a model, and answers messages until its parent is gone. */
import { join } from "node:path";
import { cublasLtFiles } from "./device/cublaslt.ts";
import { createCudaDevice } from "./device/cuda.ts";
import { createNativeDevice } from "./device/native.ts";
import { EngineServer } from "./engine/engine-server.ts";
import type { FromEngine, ToEngine } from "./engine/messages.ts";
import { engineProcessSettings, kvCacheSize, stepLimits } from "./engine-settings.ts";
import { readModelConfig } from "./models/model-config.ts";
import { GrammarThread } from "./text/grammar-thread.ts";

// Without whoever started it nobody wants its answers.
process.once("disconnect", () => process.exit(0));
// A signal for the whole group means its parent, which drains it first.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);

try {
  await serve();
} catch (error) {
  tell({ type: "lost", message: (error as Error).message });
  process.exitCode = 1;
  process.disconnect?.();
}

async function serve(): Promise<void> {
  const { addon, ...settings } = engineProcessSettings.parse(JSON.parse(process.argv[2] ?? "{}"));
  const { model: directory, path, threads, kvCacheType, adapters, adapterRank } = settings;
  const { isBatchInvariant, libraryRows } = settings;
  const { vocabularySize } = readModelConfig(join(directory, "config.json"));
  const onLost = ({ message }: Error) => tell({ type: "lost", message });
  const grammars = await GrammarThread.start({
    directory,
    stopTokens: settings.stopTokens,
    vocabularySize,
    seconds: settings.grammarSeconds,
    waiting: settings.grammarsWaiting ?? settings.sequences + settings.waiting,
    onLost,
  });
  const create = settings.device === "cuda" ? createCudaDevice : createNativeDevice;
  const device = create({
    tensorParallel: settings.tensorParallel,
    stepSeconds: settings.silenceSeconds / 2,
    addon,
    directory,
    limits: stepLimits(settings, vocabularySize),
    ...kvCacheSize(settings),
    kvCacheType,
    ...(settings.device === "cuda" &&
      !isBatchInvariant && { library: { files: cublasLtFiles(), rows: libraryRows } }),
    adapters,
    adapterRank,
    ...(path && { path }),
    ...(threads && { threads }),
  });
  const { waiting, spareFraction, preemptions, speculation, isSchedulingAhead, silenceSeconds } = settings;
  const compileGrammar = grammars.matcher.bind(grammars);
  const rules = { waiting, spareFraction, preemptions, speculation, isSchedulingAhead };
  const server = new EngineServer({ device, ...rules, stepSeconds: silenceSeconds, compileGrammar }, tell);
  process.on("message", (message: ToEngine) => {
    void server.take(message);
    if (message.type === "close") void grammars.close();
  });
  await server.start();
}

function tell(message: FromEngine): void {
  process.send?.(message);
}
