/** Whole steps of a model on the device: prompts, single tokens of many sequences, and its memory. */
import type { Device } from "../../../runtime/device/contract.ts";
import { createCudaDevice } from "../../../runtime/device/cuda.ts";
import { deviceMemory } from "../../../runtime/device/cuda-timing.ts";
import { measureDevice, type Speed } from "../../../runtime/measure.ts";
import { rounded } from "../measure.ts";
import { type Ceilings, decodeWork, floorOf, type ModelShape, prefillWork, type Work } from "./floors.ts";
import type { Row } from "./found-rows.ts";

const mebibyte = 2 ** 20;
/** Share of the floor that is wanted, by sequences; after a context of `goalContext`. */
const goals: Readonly<Record<number, number>> = { 1: 75, 32: 70, 256: 60 };
const prefillGoal = 60;
const goalContext = 512;
/** The settings' defaults. */
const libraryRows = 512;
const memoryShare = 0.9;

export interface ModelRuns {
  readonly sequences: readonly number[];
  /** Tokens before those that are measured. */
  readonly contexts: readonly number[];
  /** Tokens of prompts that are computed at once. */
  readonly prompts: readonly number[];
  /** Undefined: what is left of the GPU. */
  readonly kvCacheBytes: number | undefined;
  readonly steps: number;
}

export interface ModelMeasure {
  readonly shape: ModelShape;
  readonly ceilings: Ceilings;
  readonly runs: ModelRuns;
  /** Called with each row as soon as it is measured. */
  readonly found: (row: Row & { readonly what: string }) => void;
}

/** `library`: what computes products of many rows; undefined: the device itself. */
function deviceOf(addon: string, directory: string, runs: ModelRuns, library?: readonly string[]): Device {
  const { sequences, contexts, prompts, kvCacheBytes, steps } = runs;
  const sequenceTokens = Math.max(...prompts, ...contexts.map((context) => context + steps));
  const limits = {
    ...{ stepTokens: Math.max(...prompts), sequences: Math.max(...sequences), sequenceTokens },
    ...{ topLogprobs: 20, adjustments: 1 },
  };
  const cache = kvCacheBytes === undefined ? { memoryShare } : { kvCacheBytes };
  const given = { addon, directory, limits, ...cache };
  return createCudaDevice({ ...given, ...(library && { library: { files: library, rows: libraryRows } }) });
}

/** Prompts whose products a library computes; a row says why where it cannot be opened. */
export function measureLibrary(
  addon: string,
  directory: string,
  { files, ...asked }: ModelMeasure & { readonly files: readonly string[] },
): void {
  const device = deviceOf(addon, directory, asked.runs, files);
  const { name } = device.facts;
  if (name.endsWith(", with cuBLASLt")) measurePrompts(device, asked, ", cuBLASLt");
  else asked.found({ what: "prefill, cuBLASLt", leftOut: name });
  device.close();
}

/** Prompts whose products the device's warpgroups compute; a row says why where they do not. */
export function measureWgmma(addon: string, directory: string, asked: ModelMeasure): void {
  const device = deviceOf(addon, directory, asked.runs, ["no library"]);
  const { name } = device.facts;
  if (name.includes(", with wgmma")) measurePrompts(device, asked, ", wgmma");
  else asked.found({ what: "prefill, wgmma", leftOut: name });
  device.close();
}

function measurePrompts(device: Device, { shape, ceilings, runs, found }: ModelMeasure, by = ""): void {
  for (const tokens of runs.prompts) {
    const speed = measureDevice(device, [], { promptTokens: tokens }).prefill;
    const work = prefillWork(shape, tokens);
    const what = `prefill of ${tokens}${by}`;
    found(speedRow(what, { speed, tokens, work, ceilings, goal: prefillGoal }));
  }
}

/** The device's memory is read before the model and with it: the difference is what it really takes. */
export function measureModel(addon: string, directory: string, asked: ModelMeasure): void {
  const before = deviceMemory(addon);
  const { runs, found } = asked;
  const device = deviceOf(addon, directory, runs);
  const taken = before.freeBytes - deviceMemory(addon).freeBytes;
  const { weightBytes, kvCacheBytes: cached, workspaceBytes } = device.facts;
  found(memoryRow("weights", weightBytes));
  found(memoryRow("KV cache", cached));
  found(memoryRow("workspace", workspaceBytes));
  found(memoryRow("together", weightBytes + cached + workspaceBytes, taken));
  // Those that goals are set for come first, then the others from the shortest context on.
  for (const contextTokens of [...runs.contexts].sort((one, other) => one - other)) {
    for (const sequences of runs.sequences) found(decodeRow(device, asked, sequences, contextTokens));
    if (contextTokens === goalContext) measurePrompts(device, asked);
  }
  if (!runs.contexts.includes(goalContext)) measurePrompts(device, asked);
  device.close();
}

/** What the KV cache has no room for is told as left out. */
function decodeRow(
  device: Device,
  { shape, ceilings, runs: { steps } }: ModelMeasure,
  sequences: number,
  contextTokens: number,
) {
  const what = `decode, ${sequences} after ${contextTokens}`;
  const { decode } = measureDevice(device, [sequences], { contextTokens, steps, promptTokens: 1 });
  const [speed] = decode;
  if (!speed) {
    const { blocks, blockTokens } = device.facts;
    const wanted = sequences * Math.ceil((contextTokens + steps) / blockTokens) * blockTokens;
    return { what, leftOut: `${wanted} tokens of KV cache, of ${blocks * blockTokens}` };
  }
  const work = decodeWork(shape, sequences, contextTokens + 1);
  const goal = contextTokens === goalContext ? goals[sequences] : undefined;
  return speedRow(what, { speed, tokens: sequences, work, ceilings, goal });
}

interface Measured {
  readonly speed: Speed;
  /** Of one step. */
  readonly tokens: number;
  readonly work: Work;
  readonly ceilings: Ceilings;
  readonly goal: number | undefined;
}

export function speedRow(what: string, { speed, tokens, work, ceilings, goal }: Measured) {
  const floor = floorOf(work, ceilings);
  const milliseconds = (tokens / speed.tokensPerSecond) * 1000;
  return {
    what,
    milliseconds: rounded(milliseconds, 3),
    floor: rounded(floor.milliseconds, 3),
    bound: floor.bound,
    percentOfFloor: rounded((floor.milliseconds / milliseconds) * 100, 1),
    goal: goal ?? "",
    tokensPerSecond: rounded(speed.tokensPerSecond, 0),
  };
}

/** `taken`: by what the device's free memory fell. */
export function memoryRow(what: string, told: number, taken?: number) {
  return {
    what: `memory, ${what}`,
    toldMiB: rounded(told / mebibyte, 1),
    takenMiB: taken === undefined ? "" : rounded(taken / mebibyte, 1),
    toldPercent: taken === undefined ? "" : rounded((told / taken) * 100, 2),
  };
}
