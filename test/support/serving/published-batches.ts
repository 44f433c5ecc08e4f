/**
 * Throughput of whole batches that start and end together, and first tokens of one prompt, as NVIDIA
 * published them for TensorRT-LLM 0.9.0:
 * https://github.com/NVIDIA/TensorRT-LLM/blob/v0.9.0/docs/source/performance.md
 */
import type { AcceleratorId } from "../../../components/catalogue/hardware.ts";
import type { ModelId } from "../../../components/catalogue/models.ts";

export interface PublishedBatch {
  readonly accelerator: AcceleratorId;
  readonly model: ModelId;
  readonly tensor: number;
  readonly batch: number;
  readonly prompt: number;
  readonly answer: number;
  /** Of answers, on each accelerator. */
  readonly tokensPerSecond: number;
}

type Row = readonly [batch: number, tensor: number, prompt: number, answer: number, tokensPerSecond: number];

const models = {
  mistral: "mistralai/Mistral-7B-Instruct-v0.3",
  mixtral: "mistralai/Mixtral-8x7B-Instruct-v0.1",
  llama7: "meta-llama/Llama-2-7b-hf",
  llama70: "meta-llama/Llama-2-70b-hf",
} as const satisfies Record<string, ModelId>;

type Rows<Value> = Readonly<Record<keyof typeof models, readonly Value[]>>;

function flat<Value, Published>(
  accelerator: AcceleratorId,
  rows: Rows<Value>,
  published: (row: Value) => Published,
) {
  const names = Object.keys(models) as (keyof typeof models)[];
  return names.flatMap((name) =>
    rows[name].map((row) => ({ accelerator, model: models[name], ...published(row) })),
  );
}

function batches(accelerator: AcceleratorId, rows: Rows<Row>): PublishedBatch[] {
  return flat(accelerator, rows, ([batch, tensor, prompt, answer, tokensPerSecond]) => ({
    batch,
    tensor,
    prompt,
    answer,
    tokensPerSecond,
  }));
}

/** FP8 with keys and values in FP8, but on A100 FP16. */
export const publishedBatches: readonly PublishedBatch[] = [
  ...batches("nvidia-h200-141gb-sxm", {
    mistral: [
      [896, 1, 128, 128, 20_460],
      [120, 1, 128, 2048, 8950],
      [64, 1, 2048, 128, 2423],
      [56, 1, 2048, 2048, 3867],
    ],
    mixtral: [
      [1024, 2, 128, 128, 5444],
      [256, 2, 128, 2048, 4973],
      [64, 2, 2048, 128, 605],
      [64, 2, 2048, 2048, 1821],
    ],
    llama7: [
      [896, 1, 128, 128, 20_618],
      [120, 1, 128, 2048, 8348],
      [64, 1, 2048, 128, 2391],
      [56, 1, 2048, 2048, 3522],
    ],
    llama70: [
      [1024, 1, 128, 128, 3989],
      [512, 2, 128, 2048, 3963],
      [64, 1, 2048, 128, 418],
      [64, 1, 2048, 2048, 1458],
    ],
  }),
  ...batches("nvidia-h100-80gb-sxm", {
    mistral: [
      [896, 1, 128, 128, 20_404],
      [120, 1, 128, 2048, 8623],
      [84, 1, 2048, 128, 2405],
      [56, 1, 2048, 2048, 3731],
    ],
    mixtral: [
      [512, 2, 128, 128, 5255],
      [128, 2, 128, 2048, 3408],
      [64, 2, 2048, 128, 588],
      [32, 2, 2048, 2048, 1317],
    ],
    llama7: [
      [896, 1, 128, 128, 19_854],
      [120, 1, 128, 2048, 6944],
      [84, 1, 2048, 128, 2163],
      [56, 1, 2048, 2048, 2826],
    ],
    llama70: [
      [1024, 2, 128, 128, 3214],
      [512, 4, 128, 2048, 2725],
      [96, 2, 2048, 128, 346],
      [64, 2, 2048, 2048, 1011],
    ],
  }),
  ...batches("nvidia-l40s", {
    mistral: [
      [896, 1, 128, 128, 9562],
      [120, 1, 128, 2048, 4387],
      [84, 1, 2048, 128, 971],
      [56, 1, 2048, 2048, 1721],
    ],
    mixtral: [
      [256, 4, 128, 128, 1266],
      [256, 4, 128, 2048, 1490],
      [64, 4, 2048, 128, 155],
      [32, 4, 2048, 2048, 412],
    ],
    llama7: [
      [256, 1, 128, 128, 5885],
      [64, 1, 128, 2048, 1654],
      [32, 1, 2048, 128, 574],
      [16, 1, 2048, 2048, 537],
    ],
    llama70: [
      [256, 2, 128, 128, 562],
      [256, 4, 128, 2048, 478],
      [16, 2, 2048, 128, 49],
      [64, 4, 2048, 2048, 185],
    ],
  }),
  ...batches("nvidia-a100-80gb", {
    mistral: [
      [896, 1, 128, 128, 6251],
      [120, 1, 128, 2048, 3776],
      [64, 1, 2048, 128, 698],
      [56, 1, 2048, 2048, 1576],
    ],
    mixtral: [
      [512, 2, 128, 128, 2842],
      [128, 2, 128, 2048, 1724],
      [64, 2, 2048, 128, 319],
      [32, 2, 2048, 2048, 801],
    ],
    llama7: [
      [256, 1, 128, 128, 5390],
      [32, 1, 128, 2048, 1484],
      [32, 1, 2048, 128, 533],
      [16, 1, 2048, 2048, 603],
    ],
    llama70: [
      [1024, 4, 128, 128, 686],
      [512, 8, 128, 2048, 684],
      [96, 4, 2048, 128, 80],
      [64, 4, 2048, 2048, 289],
    ],
  }),
];

export interface PublishedFirstToken {
  readonly accelerator: AcceleratorId;
  readonly model: ModelId;
  readonly tensor: number;
  readonly prompt: number;
  readonly milliseconds: number;
}

type FirstRow = readonly [tensor: number, prompt: number, milliseconds: number];

function firstTokens(accelerator: AcceleratorId, rows: Rows<FirstRow>): PublishedFirstToken[] {
  return flat(accelerator, rows, ([tensor, prompt, milliseconds]) => ({ tensor, prompt, milliseconds }));
}

export const publishedFirstTokens: readonly PublishedFirstToken[] = [
  ...firstTokens("nvidia-h200-141gb-sxm", {
    mistral: [
      [1, 128, 5.9],
      [1, 2048, 31.7],
    ],
    mixtral: [
      [2, 128, 12.1],
      [2, 2048, 87.7],
    ],
    llama7: [
      [1, 128, 5.7],
      [1, 2048, 30.2],
    ],
    llama70: [
      [4, 128, 17.8],
      [4, 2048, 103],
    ],
  }),
  ...firstTokens("nvidia-h100-80gb-sxm", {
    mistral: [
      [1, 128, 6.5],
      [1, 2048, 32.4],
    ],
    mixtral: [
      [2, 128, 13.4],
      [2, 2048, 89.5],
    ],
    llama7: [
      [1, 128, 6.3],
      [1, 2048, 30.8],
    ],
    llama70: [
      [4, 128, 19.6],
      [8, 2048, 85.1],
    ],
  }),
  ...firstTokens("nvidia-l40s", {
    mistral: [
      [1, 128, 15.4],
      [1, 2048, 87.3],
    ],
    mixtral: [
      [4, 128, 19.5],
      [4, 2048, 165.6],
    ],
    llama7: [
      [1, 128, 14.1],
      [1, 2048, 80.1],
    ],
    llama70: [
      [8, 128, 70.4],
      [4, 2048, 673.3],
    ],
  }),
  ...firstTokens("nvidia-a100-80gb", {
    mistral: [
      [1, 128, 16.3],
      [1, 2048, 139.6],
    ],
    mixtral: [
      [2, 128, 23.8],
      [2, 2048, 160.9],
    ],
    llama7: [
      [1, 128, 16.2],
      [1, 2048, 132.4],
    ],
    llama70: [
      [4, 128, 45.6],
      [8, 2048, 249.2],
    ],
  }),
];
