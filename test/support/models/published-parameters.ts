/** Sizes of models as others published them: what their checkpoints say, and what engines printed of them. */
import type { ModelId } from "../../../components/catalogue/models.ts";
import { type Quantization, quantization } from "../../../components/catalogue/quantization.ts";

export interface PublishedCount {
  readonly model: ModelId;
  readonly parameters: number;
  /** Whether layers that predict further tokens are among them. */
  readonly prediction?: boolean;
  readonly source: string;
}

const api = (model: string) => `https://huggingface.co/api/models/${model}, safetensors.total`;

function counted(model: ModelId, parameters: number, more: Partial<PublishedCount> = {}): PublishedCount {
  return { model, parameters, source: api(model), ...more };
}

export const publishedCounts: readonly PublishedCount[] = [
  counted("meta-llama/Llama-2-7b-hf", 6_738_417_664),
  counted("meta-llama/Llama-2-13b-hf", 13_015_866_880),
  counted("meta-llama/Llama-2-70b-hf", 68_976_653_312),
  counted("meta-llama/Llama-3.1-8B-Instruct", 8_030_261_248),
  counted("meta-llama/Llama-3.1-70B-Instruct", 70_553_706_496),
  counted("meta-llama/Llama-3.1-405B-Instruct", 405_853_388_800),
  counted("meta-llama/Llama-3.2-1B-Instruct", 1_235_814_400),
  counted("meta-llama/Llama-3.2-3B-Instruct", 3_212_749_824),
  counted("meta-llama/Llama-4-Scout-17B-16E-Instruct", 108_641_793_536),
  counted("Qwen/Qwen2.5-1.5B-Instruct", 1_543_714_304),
  counted("Qwen/Qwen2.5-3B-Instruct", 3_085_938_688),
  counted("Qwen/Qwen2.5-7B-Instruct", 7_615_616_512),
  counted("Qwen/Qwen3-4B", 4_022_468_096),
  counted("Qwen/Qwen3-8B", 8_190_735_360),
  counted("Qwen/Qwen3-32B", 32_762_123_264),
  counted("Qwen/Qwen3-Next-80B-A3B-Instruct", 81_324_862_720, { prediction: true }),
  counted("mistralai/Mistral-7B-Instruct-v0.3", 7_248_023_552),
  counted("mistralai/Devstral-Small-2507", 23_572_403_200, {
    source: `${api("sarvamai/sarvam-m")}, same shape`,
  }),
  counted("google/gemma-2-2b-it", 2_614_341_888),
  counted("google/gemma-3-1b-it", 999_885_952),
  counted("microsoft/Phi-3.5-mini-instruct", 3_821_079_552),
  counted("microsoft/Phi-4-mini-instruct", 3_836_021_760),
  counted("microsoft/phi-4", 14_659_507_200),
  counted("openai/gpt-oss-20b", 20_914_757_184),
  counted("openai/gpt-oss-120b", 116_829_156_672),
  counted("moonshotai/Kimi-K2-Instruct", 1_026_408_235_864),
  counted("deepseek-ai/DeepSeek-V3", 671e9, { source: "deepseek-ai/DeepSeek-V3 README_WEIGHTS.md @0b39205" }),
  counted("ai21labs/Jamba-v0.1", 52e9, { source: "arXiv 2403.19887: 52B available, 12B active parameters" }),
];

export interface PublishedSize {
  readonly model: ModelId;
  readonly bytes: number;
  readonly prediction?: boolean;
  readonly source: string;
}

function sized(model: ModelId, bytes: number, more: Partial<PublishedSize> = {}): PublishedSize {
  const source = `https://huggingface.co/${model} model.safetensors.index.json, metadata.total_size`;
  return { model, bytes, source, ...more };
}

export const publishedSizes: readonly PublishedSize[] = [
  sized("meta-llama/Llama-3.1-8B-Instruct", 16_060_522_496),
  sized("meta-llama/Llama-3.1-70B-Instruct", 141_107_412_992),
  sized("Qwen/Qwen2.5-7B-Instruct", 15_231_233_024),
  sized("Qwen/Qwen2.5-14B-Instruct", 29_540_067_328),
  sized("Qwen/Qwen2.5-32B-Instruct", 65_527_752_704),
  sized("Qwen/Qwen2.5-72B-Instruct", 145_412_407_296),
  sized("Qwen/Qwen3-4B", 8_044_936_192),
  sized("Qwen/Qwen3-8B", 16_381_470_720),
  sized("Qwen/Qwen3-14B", 29_536_614_400),
  sized("Qwen/Qwen3-32B", 65_524_246_528),
  sized("Qwen/Qwen3-30B-A3B", 61_064_245_248),
  sized("Qwen/Qwen3-235B-A22B", 470_187_269_120),
  sized("mistralai/Mistral-Nemo-Instruct-2407", 24_495_564_800),
  sized("mistralai/Mixtral-8x7B-Instruct-v0.1", 93_405_585_408),
  sized("mistralai/Mixtral-8x22B-v0.1", 281_241_268_224),
  sized("google/gemma-2-9b-it", 18_483_411_968),
  sized("microsoft/Phi-3.5-mini-instruct", 7_642_159_104),
  sized("microsoft/phi-4", 29_319_014_400),
  sized("deepseek-ai/DeepSeek-V2-Lite", 31_412_968_448),
  // Its prediction layer is stored with copies of the embedding and of the output layer.
  sized("deepseek-ai/DeepSeek-V3", 688_586_727_753, { prediction: true }),
  sized("openai/gpt-oss-20b", 13_761_264_768),
  sized("openai/gpt-oss-120b", 65_248_815_744),
];

/** What an engine printed that the weights on one of its ranks take. */
export interface PrintedWeights {
  readonly model: ModelId;
  readonly quantization?: Quantization;
  readonly tensor: number;
  readonly gib: number;
  readonly source: string;
}

export const printedWeights: readonly PrintedWeights[] = [
  {
    model: "meta-llama/Llama-3.1-8B-Instruct",
    tensor: 1,
    gib: 14.9888,
    source: "https://github.com/vllm-project/vllm/issues/10517",
  },
  {
    model: "meta-llama/Llama-3.1-8B-Instruct",
    tensor: 2,
    gib: 7.48,
    source: "https://github.com/vllm-project/vllm/pull/10511",
  },
  {
    model: "meta-llama/Llama-3.1-70B-Instruct",
    quantization: quantization("int8"),
    tensor: 1,
    gib: 67.7229,
    source: "https://github.com/vllm-project/vllm/pull/12569",
  },
  {
    model: "Qwen/Qwen2.5-7B-Instruct",
    quantization: quantization("awq"),
    tensor: 1,
    gib: 5.2032,
    source: "https://github.com/vllm-project/vllm/issues/13882",
  },
];
