/** `runtime doctor`: what of a model runs on this machine, how fast, and how much of it fits. */
import { availableParallelism, totalmem } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { createCudaDevice, wgmmaOf } from "../device/cuda.ts";
import { installCudaToolchain } from "../device/cuda-toolchain.ts";
import { chooseDevice } from "../device/device-choice.ts";
import { createNativeDevice, nativePaths } from "../device/native.ts";
import { buildNative, prebuiltNative } from "../device/native-build.ts";
import { engineProcessSettings, kvCacheSize, stepLimits } from "../engine-settings.ts";
import { type DeviceSpeed, measureDevice } from "../measure.ts";
import { type ModelConfig, readModelConfig } from "../models/model-config.ts";
import { tinyModelDirectory } from "../tiny/tiny-directory.ts";

const flags = {
  model: { type: "string" },
  json: { type: "boolean", default: false },
  "install-cuda": { type: "boolean", default: false },
} as const;
const batchSizes = [1, 8, 32];
/** Of one measured request; longer ones take more of the KV cache, and more time. */
const measuredTokens = 1024;

export async function doctor(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: flags });
  const model = values.model ?? (await tinyModelDirectory());
  if (values["install-cuda"]) await installCudaToolchain();
  const config = readModelConfig(join(model, "config.json"));
  const sequenceTokens = Math.min(config.contextTokens, measuredTokens);
  const { device: kind, addon, reason } = await chooseDevice("auto", config);
  const settings = engineProcessSettings.parse({
    model,
    device: kind,
    addon,
    sequenceTokens,
    stopTokens: [],
  });
  const device = (kind === "cuda" ? createCudaDevice : createNativeDevice)({
    addon,
    directory: model,
    limits: stepLimits(settings, config.vocabularySize),
    ...kvCacheSize(settings),
  });
  const { facts } = device;
  const speed = measureDevice(device, batchSizes);
  device.close();
  const kernels = await buildNative();
  const report = {
    model: basename(model),
    device: facts.name,
    cuda: reason ?? "used",
    ...(kind === "cuda" && { wgmma: wgmmaOf(addon) }),
    kernels: `${kernels === prebuiltNative() ? "prebuilt" : "built here"}: ${kernels}`,
    paths: nativePaths(kernels),
    processors: availableParallelism(),
    memoryGiB: round(totalmem() / 2 ** 30),
    weights: weightsOf(config, kind),
    weightMiB: round(facts.weightBytes / 2 ** 20),
    workspaceMiB: round(facts.workspaceBytes / 2 ** 20),
    kvCacheBytesPerToken: facts.kvCacheBytes / (facts.blocks * facts.blockTokens),
    kvCacheTokens: facts.blocks * facts.blockTokens,
    contextTokens: config.contextTokens,
    speed,
  };
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : render(report));
  return 0;
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

function render({
  speed,
  paths,
  ...report
}: { speed: DeviceSpeed; paths: readonly string[] } & object): string {
  const lines = Object.entries(report).map(([name, value]) => `${name.padEnd(22)} ${value}`);
  const decode = speed.decode.map(
    ({ sequences, tokensPerSecond }) =>
      `${`decode, ${sequences} requests`.padEnd(22)} ${tokensPerSecond.toFixed(0)} tokens/s`,
  );
  return [
    `${"paths".padEnd(22)} ${paths.join(", ")}`,
    ...lines,
    `${"prefill".padEnd(22)} ${speed.prefill.tokensPerSecond.toFixed(0)} tokens/s`,
    ...decode,
    "",
  ].join("\n");
}
