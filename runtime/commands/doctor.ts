/** `runtime doctor`: what of a model runs on this machine, how fast, and how much of it fits. */
import { availableParallelism, totalmem } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import type { z } from "zod";
import { createCudaDevice, wgmmaOf } from "../device/cuda.ts";
import { installCudaToolchain } from "../device/cuda-toolchain.ts";
import { createNativeDevice, nativePaths } from "../device/native.ts";
import { buildNative, prebuiltNative } from "../device/native-build.ts";
import { type PlannedMemory, planEngine, plannedMemory } from "../engine-plan.ts";
import { engineProcessSettings, kvCacheSize, stepLimits } from "../engine-settings.ts";
import { type DeviceSpeed, measureDevice } from "../measure.ts";
import { type ModelConfig, readModelConfig } from "../models/model-config.ts";
import { readSettings } from "../settings.ts";
import { tinyModelDirectory } from "../tiny/tiny-directory.ts";

const flags = {
  model: { type: "string" },
  settings: { type: "string" },
  json: { type: "boolean", default: false },
  "install-cuda": { type: "boolean", default: false },
} as const;
const batchSizes = [1, 8, 32];

export async function doctor(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: flags });
  const isTiny = values.model === undefined && values.settings === undefined;
  if (values["install-cuda"]) await installCudaToolchain();
  const model = isTiny ? await tinyModelDirectory() : values.model;
  // It listens nowhere: who might reach it from elsewhere is not its concern.
  const given = { model, settings: values.settings, host: "127.0.0.1" };
  const { engine } = readSettings(given, basename(model ?? "model"));
  const config = readModelConfig(join(engine.model, "config.json"));
  const { device: kind, addon, reason, sequenceTokens } = await planEngine(engine, config);
  const settings = engineProcessSettings.parse({
    ...engine,
    device: kind,
    addon,
    sequenceTokens,
    stopTokens: [],
  });
  const planned = kind === "cpu" ? plannedMemory(settings, config) : undefined;
  const room = planned && roomOf(planned);
  const kernels = await buildNative();
  const known = {
    model: basename(engine.model),
    kernels: `${kernels === prebuiltNative() ? "prebuilt" : "built here"}: ${kernels}`,
    paths: nativePaths(kernels),
    processors: availableParallelism(),
    memoryGiB: round(totalmem() / 2 ** 30),
    weights: weightsOf(config, kind),
    contextTokens: config.contextTokens,
    cuda: reason ?? "used",
    ...(kind === "cuda" && { wgmma: wgmmaOf(addon) }),
    ...room,
  };
  // What follows may take long.
  if (!values.json) process.stdout.write(lines(known));
  const measured =
    room?.fits === false ? { device: "not loaded: there is no room" } : measure(kind, settings, config);
  const report = { ...known, ...measured };
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : render(measured));
  return 0;
}

function roomOf({ memory, room }: PlannedMemory) {
  return {
    plannedWeightMiB: mebibytes(memory.weightBytes),
    plannedKvCacheMiB: mebibytes(memory.kvCacheBytes),
    plannedWorkspaceMiB: mebibytes(memory.workspaceBytes),
    plannedProcessesMiB: mebibytes(memory.processBytes),
    neededMiB: mebibytes(room.neededBytes),
    availableMiB: mebibytes(room.availableBytes),
    fits: room.isEnough,
    longestSequenceTokens: room.longestSequenceTokens,
    fullSequences: room.fullSequences,
  };
}

function measure(
  kind: "cpu" | "cuda",
  settings: z.output<typeof engineProcessSettings>,
  { vocabularySize }: ModelConfig,
) {
  const { model, addon, path, threads, adapters, adapterRank, kvCacheType, tensorParallel } = settings;
  const device = (kind === "cuda" ? createCudaDevice : createNativeDevice)({
    addon,
    directory: model,
    limits: stepLimits(settings, vocabularySize),
    ...kvCacheSize(settings),
    ...{ adapters, adapterRank, kvCacheType, tensorParallel },
    ...(path && { path }),
    ...(threads && { threads }),
  });
  const { facts } = device;
  const speed = measureDevice(device, batchSizes);
  device.close();
  return {
    device: facts.name,
    weightMiB: mebibytes(facts.weightBytes),
    workspaceMiB: mebibytes(facts.workspaceBytes),
    kvCacheBytesPerToken: facts.kvCacheBytes / (facts.blocks * facts.blockTokens),
    kvCacheTokens: facts.blocks * facts.blockTokens,
    speed,
  };
}

function weightsOf({ quantization }: ModelConfig, kind: "cpu" | "cuda"): string {
  if (!quantization) return "bf16";
  const { bits, group, float } = quantization;
  if (float) return kind === "cuda" ? "fp8" : "fp8, as bf16";
  return `int${bits}, ${group === undefined ? "a scale for each row" : `groups of ${group}`}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function mebibytes(bytes: number): number {
  return round(bytes / 2 ** 20);
}

function lines(values: object): string {
  return Object.entries(values)
    .map(([name, value]) => `${line(name, Array.isArray(value) ? value.join(", ") : String(value))}\n`)
    .join("");
}

function line(name: string, value: string): string {
  return `${name.padEnd(22)} ${value}`;
}

function render({ speed, ...measured }: { readonly device: string; readonly speed?: DeviceSpeed }): string {
  if (!speed) return lines(measured);
  const decode = speed.decode.map(
    ({ sequences, tokensPerSecond }) =>
      `${line(`decode, ${sequences} requests`, `${tokensPerSecond.toFixed(0)} tokens/s`)}\n`,
  );
  const prefill = `${line("prefill", `${speed.prefill.tokensPerSecond.toFixed(0)} tokens/s`)}\n`;
  return [lines(measured), prefill, ...decode].join("");
}
