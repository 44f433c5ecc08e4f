/** What an engine is to be, before anything of it is loaded: device, longest sequence, and memory. */
import { chooseDevice } from "./device/device-choice.ts";
import { blockTokens, kvBlockBytes } from "./device/native.ts";
import {
  type ProcessorMemory,
  type ProcessorRoom,
  processorAvailableBytes,
  processorMemory,
  processorRoom,
} from "./device/processor-memory.ts";
import { type EngineSettings, kvCacheSize, stepLimits } from "./engine-settings.ts";
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

/** What the processor takes for it, and whether that is there. */
export interface PlannedMemory {
  readonly memory: ProcessorMemory;
  readonly room: ProcessorRoom;
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
    const gpus = `${settings.tensorParallel} GPUs`;
    throw new SettingsError(`engine.tensorParallel: ${gpus} are asked for, and the processor computes${why}`);
  }
  if (device === "cpu" && settings.kvCacheType === "fp8") {
    throw new SettingsError("engine.kvCacheType: the processor has no KV cache of fp8");
  }
  return { ...chosen, sequenceTokens: longestSequence({ ...settings, device }, config) };
}

/** Where the processor computes; of a GPU the device itself finds out when it loads the model. */
export function plannedMemory(
  settings: EngineSettings & { readonly sequenceTokens: number },
  config: ModelConfig,
  availableBytes = processorAvailableBytes(),
): PlannedMemory {
  const { model, adapters, adapterRank } = settings;
  const { kvCacheBytes = 0 } = kvCacheSize({ ...settings, device: "cpu" });
  const limits = stepLimits(settings, config.vocabularySize);
  const memory = processorMemory(model, limits, kvCacheBytes, { adapters, adapterRank });
  return { memory, room: processorRoom(memory, config, availableBytes) };
}

/** Throws a SettingsError that says what is there, and what would fit. */
export function checkRoom({ memory, room }: PlannedMemory): void {
  if (room.isEnough) return;
  const { weightBytes, kvCacheBytes, workspaceBytes, processBytes } = memory;
  const left = room.availableBytes - (room.neededBytes - kvCacheBytes);
  const most = Math.max(0, Math.floor(left / 2 ** 20));
  const arrays = `${mib(workspaceBytes)} for a step, ${mib(processBytes)} for processes`;
  const parts = `${mib(weightBytes)} of weights, ${arrays}`;
  const other = "give the process more memory, or take a smaller model or one that is quantised";
  const remedy = most > 0 ? `lower it to ${most}, or ${other}` : other;
  throw new SettingsError(
    `engine.kvCacheMiB: ${mib(kvCacheBytes)} beside ${parts}, where ${mib(room.availableBytes)} of memory ` +
      `are there and ${most} MiB are left for it: ${remedy}`,
  );
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
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
