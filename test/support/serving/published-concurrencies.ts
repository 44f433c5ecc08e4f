/** Speed at a number of sequences that is kept, as others published it. */
import type { AcceleratorId } from "../../../components/catalogue/hardware.ts";
import type { ModelId } from "../../../components/catalogue/models.ts";

/** Sequences that are kept at a number: whoever ends is followed by the next. */
export interface PublishedConcurrency {
  readonly case: string;
  readonly accelerator: AcceleratorId;
  readonly model: ModelId;
  readonly tensor: number;
  readonly prompt: number;
  readonly answer: number;
  readonly concurrency: number;
  /** Of answers, of the whole replica; of those that get tokens where only the time per token is known. */
  readonly tokensPerSecond: number;
  readonly source: string;
}

const inferenceX = "https://inferencex.semianalysis.com/api/v1/benchmarks?model=gpt-oss-120b";

function gptOss(concurrency: number, perAccelerator: number): PublishedConcurrency {
  return {
    case: `gpt-oss-120b, ${concurrency} at once`,
    accelerator: "nvidia-h100-80gb-sxm",
    model: "openai/gpt-oss-120b",
    tensor: 2,
    prompt: 8192,
    answer: 1024,
    concurrency,
    tokensPerSecond: 2 * perAccelerator,
    source: inferenceX,
  };
}

/** vLLM: version 0.21 on H100, 0.23 on A100 40GB, 0.8 on H200. */
export const publishedConcurrencies: readonly PublishedConcurrency[] = [
  gptOss(4, 328.974),
  gptOss(8, 499.132),
  gptOss(16, 692.672),
  gptOss(32, 912.485),
  gptOss(64, 1140.936),
  {
    case: "Llama 3.1 8B alone on A100 40GB",
    accelerator: "nvidia-a100-40gb",
    model: "meta-llama/Llama-3.1-8B-Instruct",
    tensor: 1,
    prompt: 1024,
    answer: 128,
    concurrency: 1,
    tokensPerSecond: 75,
    source: "https://johnmusgrave.com/p/vllm-throughput-latency-sweep-on",
  },
  {
    case: "QwQ 32B alone on eight H200",
    accelerator: "nvidia-h200-141gb-sxm",
    // The same architecture.
    model: "Qwen/Qwen2.5-32B-Instruct",
    tensor: 8,
    prompt: 137,
    answer: 266,
    concurrency: 1,
    // 6.49 ms a token.
    tokensPerSecond: 1000 / 6.49,
    source: "https://github.com/vllm-project/vllm/issues/18725",
  },
];
