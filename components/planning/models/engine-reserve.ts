/** Memory that an engine needs beside weights and context: activations, its graphs, and what it runs on. */
import type { FeedForward, ModelArchitecture } from "../../catalogue/model-architecture.ts";
import { type ServingEngine, servingEngines } from "../../catalogue/serving-engines.ts";
import type { Parallelism } from "./parallelism.ts";

export const bytesPerGiB = 2 ** 30;

/** As messages say an amount of memory. */
export function gib(bytes: number): string {
  return `${(bytes / bytesPerGiB).toFixed(1)} GiB`;
}

export interface EngineSettings {
  readonly engine: ServingEngine;
  /** Part of the memory that the engine may use. Default: the engine's own. */
  readonly memoryUtilization?: number;
  /** Tokens that are computed at once. Default: the engine's own. */
  readonly batchedTokens?: number;
  /** Sequences that run at once. Default: the engine's own. */
  readonly maxSequences?: number;
  /** Whether CUDA graphs are captured. Default: they are. */
  readonly graphs?: boolean;
}

/** Settings with nothing left open. */
export function settled(settings: EngineSettings): Required<EngineSettings> {
  const { memoryUtilization, batchedTokens, maxSequences } = servingEngines[settings.engine];
  return { memoryUtilization, batchedTokens, maxSequences, graphs: true, ...defined(settings) };
}

function defined<Settings extends object>(settings: Settings): Settings {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Settings;
}

export interface EngineReserve {
  readonly activationBytes: number;
  readonly graphBytes: number;
  readonly contextBytes: number;
}

/** What an engine sets aside on one rank. */
export function engineReserve(
  model: ModelArchitecture,
  settings: EngineSettings,
  { tensor, pipeline }: Parallelism,
): EngineReserve {
  const { batchedTokens, maxSequences, graphs } = settled(settings);
  const { activationFactor, samplerBytes, contextGiB, collectiveGiB, graphGiB } =
    servingEngines[settings.engine];
  const widest = Math.max(...model.layers.map(({ feedForward }) => (feedForward ? widthOf(feedForward) : 0)));
  const width = activationFactor.feedForward * (widest / tensor) + activationFactor.hidden * model.hiddenSize;
  const layerBytes = batchedTokens * width * 2;
  const samplingBytes = maxSequences * model.vocabularySize * samplerBytes;
  return {
    activationBytes: layerBytes + samplingBytes,
    graphBytes: graphs ? graphGiB * bytesPerGiB : 0,
    contextBytes: (contextGiB + (tensor * pipeline > 1 ? collectiveGiB : 0)) * bytesPerGiB,
  };
}

/** Numbers that a feed-forward layer makes of one token: those of all experts that work on it. */
function widthOf(layer: FeedForward): number {
  return layer.kind === "dense" ? layer.size : layer.active * layer.size + layer.sharedSize;
}
