/** Whole steps of a model on the device: prompts, single tokens of many sequences, and its memory. */
import type { Device } from "../../../runtime/device/contract.ts";
import { cublasLtFiles } from "../../../runtime/device/cublaslt.ts";
import { createCudaDevice } from "../../../runtime/device/cuda.ts";
import { deviceMemory } from "../../../runtime/device/cuda-timing.ts";
import { measureDevice, type Speed } from "../../../runtime/measure.ts";
import { rounded } from "../measure.ts";
import { type Ceilings, decodeWork, floorOf, type ModelShape, prefillWork, type Work } from "./floors.ts";

const mebibyte = 2 ** 20;
/** Share of the floor that is wanted, by sequences; after a context of `goalContext`. */
const goals: Readonly<Record<number, number>> = { 1: 75, 32: 70, 256: 60 };
const prefillGoal = 60;
const goalContext = 512;
/** The setting's default. */
const libraryRows = 512;

export interface ModelRuns {
  readonly sequences: readonly number[];
  /** Tokens before those that are measured. */
  readonly contexts: readonly number[];
  /** Tokens of prompts that are computed at once. */
  readonly prompts: readonly number[];
  readonly kvCacheBytes: number;
  readonly steps: number;
}

export interface ModelFound {
  readonly speeds: readonly ReturnType<typeof speedRow>[];
  readonly memory: readonly ReturnType<typeof memoryRow>[];
}

export interface ModelMeasure {
  readonly shape: ModelShape;
  readonly ceilings: Ceilings;
  readonly runs: ModelRuns;
}

/** `library`: what computes products of many rows; undefined: the device itself. */
function deviceOf(addon: string, directory: string, runs: ModelRuns, library?: readonly string[]): Device {
  const { sequences, contexts, prompts, kvCacheBytes, steps } = runs;
  const sequenceTokens = Math.max(...prompts, ...contexts.map((context) => context + steps));
  const limits = {
    ...{ stepTokens: Math.max(...prompts), sequences: Math.max(...sequences), sequenceTokens },
    ...{ topLogprobs: 20, adjustments: 1 },
  };
  const given = { addon, directory, limits, kvCacheBytes };
  return createCudaDevice({ ...given, ...(library && { library: { files: library, rows: libraryRows } }) });
}

/** Prompts whose products a library computes; none where it cannot be opened. */
export function measureLibrary(addon: string, directory: string, asked: ModelMeasure) {
  const device = deviceOf(addon, directory, asked.runs, cublasLtFiles());
  const hasLibrary = device.facts.name.endsWith(", with cuBLASLt");
  const rows = hasLibrary ? promptRows(device, asked, ", cuBLASLt") : [];
  device.close();
  return rows;
}

function promptRows(device: Device, { shape, ceilings, runs }: ModelMeasure, by = "") {
  return runs.prompts.map((tokens) => {
    const speed = measureDevice(device, [], { promptTokens: tokens }).prefill;
    const work = prefillWork(shape, tokens);
    const what = `prefill of ${tokens}${by}`;
    return speedRow(what, { speed, tokens, work, ceilings, goal: prefillGoal });
  });
}

/** The device's memory is read before the model and with it: the difference is what it really takes. */
export function measureModel(addon: string, directory: string, asked: ModelMeasure): ModelFound {
  const before = deviceMemory(addon);
  const { shape, ceilings, runs } = asked;
  const { sequences, contexts, steps } = runs;
  const device = deviceOf(addon, directory, runs);
  const taken = before.freeBytes - deviceMemory(addon).freeBytes;
  const { weightBytes, kvCacheBytes: cached, workspaceBytes } = device.facts;
  const decodes = contexts.flatMap((contextTokens) => {
    const { decode } = measureDevice(device, sequences, { contextTokens, steps, promptTokens: 1 });
    return decode.map((speed) => {
      const work = decodeWork(shape, speed.sequences, contextTokens + 1);
      const goal = contextTokens === goalContext ? goals[speed.sequences] : undefined;
      const what = `decode, ${speed.sequences} after ${contextTokens}`;
      return speedRow(what, { speed, tokens: speed.sequences, work, ceilings, goal });
    });
  });
  const prefills = promptRows(device, asked);
  device.close();
  return {
    speeds: [...decodes, ...prefills],
    memory: [
      memoryRow("weights", weightBytes),
      memoryRow("KV cache", cached),
      memoryRow("workspace", workspaceBytes),
      memoryRow("together", weightBytes + cached + workspaceBytes, taken),
    ],
  };
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
