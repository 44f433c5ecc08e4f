/** Throughput under the greatest load and latency at given loads, as others published them. */
import type { AcceleratorId } from "../../../components/catalogue/hardware.ts";
import type { ModelId } from "../../../components/catalogue/models.ts";

export interface PublishedThroughput {
  readonly accelerator: AcceleratorId;
  readonly model: ModelId;
  readonly tensor: number;
  readonly format: "fp8" | "nvfp4" | "none";
  readonly prompt: number;
  readonly answer: number;
  /** Of answers, of the whole replica. */
  readonly tokensPerSecond: number;
}

/** Prompts and answers of the columns that follow. */
const shapes = [
  [128, 128],
  [128, 2048],
  [128, 4096],
  [500, 2000],
  [1000, 1000],
  [2048, 128],
  [2048, 2048],
  [5000, 500],
  [20_000, 2000],
] as const;

type Cells = readonly (number | undefined)[];

function throughputs(
  model: ModelId,
  accelerator: AcceleratorId,
  tensor: number,
  format: PublishedThroughput["format"],
  cells: Cells,
): PublishedThroughput[] {
  return cells.flatMap((tokensPerSecond, index) => {
    const [prompt, answer] = shapes[index] ?? [0, 0];
    if (tokensPerSecond === undefined) return [];
    return [{ accelerator, model, tensor, format, prompt, answer, tokensPerSecond }];
  });
}

const llama8 = "meta-llama/Llama-3.1-8B-Instruct";
const llama70 = "meta-llama/Llama-3.1-70B-Instruct";
const llama405 = "meta-llama/Llama-3.1-405B-Instruct";
const mixtral = "mistralai/Mixtral-8x7B-Instruct-v0.1";
const h200 = "nvidia-h200-141gb-sxm";
const h100 = "nvidia-h100-80gb-sxm";
const l40s = "nvidia-l40s";
const a100 = "nvidia-a100-80gb";

/**
 * TensorRT-LLM 0.17, all requests at once:
 * https://github.com/NVIDIA/TensorRT-LLM/blob/v0.17.0/docs/source/performance/perf-overview.md
 */
export const publishedThroughputs: readonly PublishedThroughput[] = [
  ...throughputs(
    llama8,
    h200,
    1,
    "fp8",
    [29_526.04, 25_398.86, 17_370.8, 21_020.81, 17_537.96, 3794.14, 11_968.5, 3987.79, 1804.1],
  ),
  ...throughputs(
    llama8,
    h100,
    1,
    "fp8",
    [28_836.77, 21_109.38, 13_593.65, 16_500.69, 15_244.78, 3556.73, 9488.42, 3559.36, 1401.31],
  ),
  ...throughputs(
    llama8,
    l40s,
    1,
    "fp8",
    [9104.61, 5365.81, 3025.92, 4273.75, 4054.71, 1066.52, 2225.27, 981.2, 327.97],
  ),
  ...throughputs(
    llama8,
    a100,
    1,
    "none",
    [6627.27, 5255.99, 3453.79, 4276.58, 3786.83, 799.61, 2424.16, 825.13, 330.04],
  ),
  ...throughputs(
    llama70,
    h200,
    2,
    "fp8",
    [6823.01, 8290.35, 6526.67, 6848.02, 5164.76, 809, 4183.88, 1025.38, 640.62],
  ),
  ...throughputs(
    llama70,
    h100,
    4,
    "fp8",
    [11_127.53, 11_511.93, 7439.41, 9836.7, 7430.99, 1302.6, 5480.03, 1602.78, 920.19],
  ),
  ...throughputs(
    llama70,
    l40s,
    4,
    "fp8",
    [1523.52, 1942.66, 1440.23, 1634.72, 1209.25, 177.72, 969.68, 249.52, 162.25],
  ),
  ...throughputs(
    llama70,
    a100,
    4,
    "none",
    [2733.48, 2811.27, 1976.49, 2275.79, 1921.77, 325.15, 1393.64, 392.62, 212.08],
  ),
  ...throughputs(
    llama405,
    h200,
    8,
    "fp8",
    [3874.19, 5938.09, 5168.37, 5084.29, 3399.69, 463.42, 2940.62, 669.13, 535.31],
  ),
  ...throughputs(
    mixtral,
    h100,
    2,
    "fp8",
    [27_451.13, 22_830.08, 14_237.01, 17_036.04, 15_770.89, 3333.68, 10_685.85, 3646.09, 1757.45],
  ),
  ...throughputs(
    mixtral,
    a100,
    2,
    "none",
    [5541.47, 4169.78, 2608.05, 3446.37, 3154.52, 649, 2056.58, 724.44, 337.51],
  ),
];

/** Requests at a steady rate: the same document's tables of online serving, TensorRT-LLM 0.14 in BF16. */
export interface PublishedService {
  readonly accelerator: AcceleratorId;
  readonly model: ModelId;
  readonly tensor: number;
  readonly prompt: number;
  readonly answer: number;
  readonly requestsPerSecond: number;
  readonly ttftMilliseconds: number;
  readonly itlMilliseconds: number;
}

type ServiceRow = readonly [rate: number, ttft: number, itl: number];

function services(
  model: ModelId,
  accelerator: AcceleratorId,
  tensor: number,
  [prompt, answer]: readonly [number, number],
  rows: readonly ServiceRow[],
): PublishedService[] {
  return rows.map(([requestsPerSecond, ttftMilliseconds, itlMilliseconds]) => ({
    accelerator,
    model,
    tensor,
    prompt,
    answer,
    requestsPerSecond,
    ttftMilliseconds,
    itlMilliseconds,
  }));
}

/** Rates that the server kept up with. */
export const publishedServices: readonly PublishedService[] = [
  ...services(
    llama70,
    h100,
    4,
    [467, 256],
    [
      [2, 62, 21],
      [4, 68, 24],
      [8, 92, 32],
    ],
  ),
  ...services(
    llama70,
    h100,
    4,
    [202, 214],
    [
      [2, 48, 20],
      [4, 51, 22],
      [8, 57, 25],
    ],
  ),
  ...services(
    llama8,
    h100,
    1,
    [467, 256],
    [
      [2, 23, 8],
      [4, 24, 9],
      [8, 26, 9],
      [16, 30, 11],
    ],
  ),
  ...services(
    llama8,
    h100,
    1,
    [202, 214],
    [
      [2, 19, 7],
      [4, 20, 8],
      [8, 21, 9],
      [16, 23, 10],
    ],
  ),
  ...services(
    llama70,
    h200,
    4,
    [467, 256],
    [
      [2, 58, 18],
      [4, 63, 20],
      [8, 84, 27],
    ],
  ),
  ...services(
    llama8,
    h200,
    1,
    [467, 256],
    [
      [2, 21, 6],
      [4, 23, 7],
      [8, 24, 7],
      [16, 27, 9],
    ],
  ),
];
