/** What an engine is to be, before anything of it is loaded: its device, and its longest sequence. */
import { chooseDevice } from "./device/device-choice.ts";
import { blockTokens, kvBlockBytes } from "./device/native.ts";
import { type EngineSettings, kvCacheSize } from "./engine-settings.ts";
import type { ModelConfig } from "./models/model-config.ts";
import { SettingsError } from "./settings.ts";

export interface EnginePlan {
  readonly device: "cpu" | "cuda";
  /** File of the native addon. */
  readonly addon: string;
  /** Why CUDA is not used, where nobody has asked for the processor. */
  readonly reason?: string;
  readonly sequenceTokens: number;
}

/** Tokens of one request where neither the settings nor the model's own context say fewer. */
const usualSequenceTokens = 8192;
/** With fewer there is no answer worth serving. */
const leastSequenceTokens = 16;

/** Throws a SettingsError for what the device has not, or has no room for. */
export async function planEngine(settings: EngineSettings, config: ModelConfig): Promise<EnginePlan> {
  // Both are of the processor alone.
  const isOfProcessor = settings.path !== undefined || settings.adapters.length > 0;
  const wanted = isOfProcessor && settings.device === "auto" ? "cpu" : settings.device;
  const chosen = await chooseDevice(wanted, config);
  const { device, reason } = chosen;
  if (device === "cpu" && settings.tensorParallel > 1) {
    const why = reason === undefined ? "" : `: ${reason}`;
    throw new SettingsError(
      `engine.tensorParallel: ${settings.tensorParallel} GPUs are asked for, and the processor computes${why}`,
    );
  }
  if (device === "cpu" && settings.kvCacheType === "fp8") {
    throw new SettingsError("engine.kvCacheType: the processor has no KV cache of fp8");
  }
  return { ...chosen, sequenceTokens: longestSequence({ ...settings, device }, config) };
}

/** Throws a SettingsError for one that was asked for and has no room. */
function longestSequence(settings: EngineSettings, config: ModelConfig): number {
  const { sequenceTokens } = settings;
  const { contextTokens } = config;
  // What a GPU has room for is not known before it has the weights: there it is no bound.
  const { kvCacheBytes = Number.POSITIVE_INFINITY } = kvCacheSize(settings);
  const blockBytes = kvBlockBytes(config, {
    precision: settings.kvCacheType === "fp8" ? "fp8" : "bf16",
    ranks: settings.tensorParallel,
  });
  const blocks = Math.floor((kvCacheBytes * (1 - settings.spareFraction)) / blockBytes);
  const held = blocks * blockTokens;
  const most = Math.min(contextTokens, held);
  if (sequenceTokens === undefined && most >= leastSequenceTokens) return Math.min(most, usualSequenceTokens);
  if (sequenceTokens !== undefined && sequenceTokens <= most) return sequenceTokens;
  const wanted = sequenceTokens ?? leastSequenceTokens;
  throw new SettingsError(
    `engine.sequenceTokens: ${wanted} tokens, where the model's context has ${contextTokens} and ` +
      `a KV cache of ${kvCacheBytes / 2 ** 20} MiB holds ${held}: ask for fewer, or raise engine.kvCacheMiB`,
  );
}
