/**
 * Figures for Prometheus, under the names that vLLM gives them, so that boards, pickers of endpoints and
 * autoscalers made for it read these too (vllm-project/vllm, docs/design/metrics.md; 2026-11-22).
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Engine, EngineStats } from "../engine/contract.ts";
import type { AdapterWatch } from "./adapter-watch.ts";
import type { Refusal } from "./admission.ts";
import type { ChoiceEnd } from "./work.ts";

/** Seconds; bounds where promises are usually made. */
const firstTokenBuckets = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
];
const betweenBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 5];
const requestBuckets = [0.05, 0.1, 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1200];
const perTokenBuckets = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
];
const tokenBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000];

/** It waited, its prompt was computed, and its answer; the last is both of these. */
type Phase = "queue" | "prefill" | "decode" | "inference";

const finishReasons = ["stop", "length", "abort", "error"] as const;

/** What the engine counts itself; read when Prometheus asks. */
const engineCounters = {
  num_preemptions_total: { help: "Sequences that gave way to others.", of: (s) => s.preemptions },
  prefix_cache_queries_total: { help: "Prompt tokens looked up.", of: (s) => s.prefixQueryTokens },
  prefix_cache_hits_total: { help: "Prompt tokens found computed.", of: (s) => s.prefixHitTokens },
  prompt_tokens_total: { help: "Prompt tokens processed.", of: (s) => s.promptTokens },
  generation_tokens_total: { help: "Tokens generated.", of: (s) => s.generatedTokens },
  spec_decode_num_drafts_total: { help: "Steps of sequences that guessed ahead.", of: (s) => s.drafts },
  spec_decode_num_draft_tokens_total: { help: "Tokens guessed.", of: (s) => s.draftTokens },
  spec_decode_num_accepted_tokens_total: { help: "Guesses that were right.", of: (s) => s.acceptedTokens },
  engine_steps_total: { help: "Steps of the engine.", of: (s) => s.steps },
} satisfies Record<string, { help: string; of: (stats: EngineStats) => number }>;

export class Metrics {
  private readonly registry = new Registry();
  private readonly engine: Engine;
  private readonly firstTokens: Histogram;
  private readonly betweens: Histogram;
  private readonly requests: Histogram;
  private readonly promptTokens: Histogram;
  private readonly answerTokens: Histogram;
  private readonly answerTokensMost: Histogram;
  private readonly perTokens: Histogram;
  private readonly phases: Readonly<Record<Phase, Histogram>>;
  private readonly ends: Counter;
  private readonly refusals: Counter;

  /** `adapters`: of an engine that has some. */
  constructor(engine: Engine, model: string, adapters?: AdapterWatch) {
    this.engine = engine;
    this.registry.setDefaultLabels({ model_name: model });
    this.firstTokens = this.histogram("time_to_first_token_seconds", firstTokenBuckets);
    this.betweens = this.histogram("inter_token_latency_seconds", betweenBuckets);
    this.requests = this.histogram("e2e_request_latency_seconds", requestBuckets);
    this.promptTokens = this.histogram("request_prompt_tokens", tokenBuckets);
    this.answerTokens = this.histogram("request_generation_tokens", tokenBuckets);
    this.answerTokensMost = this.histogram("request_params_max_tokens", tokenBuckets);
    this.perTokens = this.histogram("request_time_per_output_token_seconds", perTokenBuckets);
    this.phases = {
      queue: this.histogram("request_queue_time_seconds", requestBuckets),
      prefill: this.histogram("request_prefill_time_seconds", requestBuckets),
      decode: this.histogram("request_decode_time_seconds", requestBuckets),
      inference: this.histogram("request_inference_time_seconds", requestBuckets),
    };
    this.ends = this.counter("request_success_total", "Answers by how they ended.", "finished_reason");
    this.refusals = this.counter("admission_rejections_total", "Requests refused at arrival.", "reason");
    for (const finished_reason of finishReasons) this.ends.inc({ finished_reason }, 0);
    this.watchEngine();
    this.watchGuesses();
    this.tellCache();
    if (adapters) this.watchAdapters(adapters);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  firstToken(seconds: number): void {
    this.firstTokens.observe(seconds);
  }

  /** One step's tokens came so long after those of the step before. */
  between(seconds: number, tokens: number): void {
    for (let token = 0; token < tokens; token += 1) this.betweens.observe(seconds / tokens);
  }

  /** `answerTokensMost`: of the request; absent for what is no answer. */
  finished(end: ChoiceEnd, seconds: number, answerTokensMost?: number): void {
    if (answerTokensMost !== undefined) this.answerTokensMost.observe(answerTokensMost);
    this.ends.inc({ finished_reason: end.finish });
    this.requests.observe(seconds);
    this.promptTokens.observe(end.promptTokens);
    this.answerTokens.observe(end.answerTokens);
  }

  /** How long one answer was in each phase that it came to. */
  phase(name: Phase, seconds: number): void {
    this.phases[name].observe(seconds);
  }

  /** The mean of one answer. */
  perToken(seconds: number): void {
    this.perTokens.observe(seconds);
  }

  failed(reason: "abort" | "error"): void {
    this.ends.inc({ finished_reason: reason });
  }

  refused(reason: Refusal | "queue" | "texts" | "wait"): void {
    this.refusals.inc({ reason });
  }

  private histogram(name: string, buckets: number[]): Histogram {
    const help = `${name.replaceAll("_", " ")}.`;
    return new Histogram({ name: `vllm:${name}`, help, buckets, registers: [this.registry] });
  }

  private counter(name: string, help: string, label: string): Counter {
    return new Counter({ name: `vllm:${name}`, help, labelNames: [label], registers: [this.registry] });
  }

  private gauge(name: string, help: string, value: (stats: EngineStats) => number): void {
    const { engine } = this;
    new Gauge({
      name: `vllm:${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.set(value(engine.stats()));
      },
    });
  }

  private watchEngine(): void {
    const { engine } = this;
    const { blocks } = engine.facts;
    const running = "Requests that are computed, or whose readers are slow.";
    this.gauge("num_requests_running", running, ({ running }) => running);
    this.gauge("num_requests_waiting", "Requests that wait.", ({ waiting }) => waiting);
    this.gauge("kv_cache_usage_perc", "Share of the cache in use, 0 to 1.", (s) => s.usedBlocks / blocks);
    for (const [name, { help, of }] of Object.entries(engineCounters)) {
      this.engineCounter(name, help, () => of(engine.stats()));
    }
    this.engineCounter("engine_restarts_total", "Times the engine was lost and came back.", () => {
      return engine.restarts;
    });
  }

  private engineCounter(name: string, help: string, value: () => number): void {
    new Counter({
      name: `vllm:${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  }

  private watchGuesses(): void {
    const { engine } = this;
    new Counter({
      name: "vllm:spec_decode_num_accepted_tokens_per_pos_total",
      help: "Guesses that were right, by their place.",
      labelNames: ["position"],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [position, accepted] of engine.stats().acceptedByPlace.entries()) {
          this.inc({ position: String(position) }, accepted);
        }
      },
    });
  }

  /** When it was told, so that the newest is found; what it says is in its labels. */
  private watchAdapters(adapters: AdapterWatch): void {
    const labelNames = ["max_lora", "running_lora_adapters", "waiting_lora_adapters"];
    new Gauge({
      name: "vllm:lora_requests_info",
      help: "Adapters that requests are computed with, and that they wait for.",
      labelNames,
      registers: [this.registry],
      collect() {
        this.reset();
        const [running, waiting] = [adapters.usedBy("running"), adapters.usedBy("waiting")];
        this.set(
          {
            max_lora: String(adapters.adapters),
            running_lora_adapters: running.join(","),
            waiting_lora_adapters: waiting.join(","),
          },
          Date.now() / 1000,
        );
      },
    });
  }

  /** Always 1: what it says is in its labels. */
  private tellCache(): void {
    const { blockTokens, blocks } = this.engine.facts;
    const labels = { block_size: String(blockTokens), num_gpu_blocks: String(blocks) };
    const info = new Gauge({
      name: "vllm:cache_config_info",
      help: "How the cache is divided.",
      labelNames: Object.keys(labels),
      registers: [this.registry],
    });
    info.set(labels, 1);
  }
}
