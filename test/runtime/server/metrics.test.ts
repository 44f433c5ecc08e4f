import { expect, test } from "vitest";
import { AdapterWatch } from "../../../runtime/server/adapter-watch.ts";
import { Metrics } from "../../../runtime/server/metrics.ts";
import { Listener, requestOf } from "../../support/runtime/requests.ts";
import { ScriptedEngine } from "../../support/runtime/scripted-engine.ts";

test("figures have vLLM's names, and are right from the beginning", async () => {
  const metrics = new Metrics(new ScriptedEngine({ script: () => ({ tokens: "" }) }), "tiny");
  const text = await metrics.text();
  const value = (name: string) => Number(new RegExp(`^vllm:${name}(?:\\{.*\\})? (.*)$`, "m").exec(text)?.[1]);
  expect(metrics.contentType).toContain("text/plain");
  expect({
    num_requests_running: value("num_requests_running"),
    num_requests_waiting: value("num_requests_waiting"),
    kv_cache_usage_perc: value("kv_cache_usage_perc"),
    num_preemptions_total: value("num_preemptions_total"),
    prefix_cache_queries_total: value("prefix_cache_queries_total"),
    prefix_cache_hits_total: value("prefix_cache_hits_total"),
    generation_tokens_total: value("generation_tokens_total"),
    time_to_first_token_seconds_count: value("time_to_first_token_seconds_count"),
  }).toEqual({
    num_requests_running: 0,
    num_requests_waiting: 3,
    kv_cache_usage_perc: 0.25,
    num_preemptions_total: 5,
    prefix_cache_queries_total: 70,
    prefix_cache_hits_total: 30,
    generation_tokens_total: 11,
    time_to_first_token_seconds_count: 0,
  });
  const info = 'vllm:cache_config_info{block_size="16",num_gpu_blocks="1024",model_name="tiny"} 1';
  expect(text).toContain(info);
  for (const reason of ["stop", "length", "abort", "error"])
    expect(text).toContain(`vllm:request_success_total{finished_reason="${reason}",model_name="tiny"} 0`);
});

test("what happens is counted, and read twice it stays the same", async () => {
  const engine = new ScriptedEngine({ script: () => ({ tokens: "" }) });
  const metrics = new Metrics(engine, "tiny");
  engine.restarts = 2;
  metrics.firstToken(0.3);
  metrics.between(0.4, 2);
  metrics.between(0.4, 0);
  metrics.finished({ finish: "length", promptTokens: 7, cachedTokens: 0, answerTokens: 3 }, 2, 16);
  metrics.phase("queue", 0.5);
  metrics.phase("prefill", 1.5);
  metrics.phase("decode", 3);
  metrics.phase("inference", 4.5);
  metrics.perToken(0.04);
  metrics.failed("abort");
  metrics.refused("queue");
  await metrics.text();
  const text = await metrics.text();
  for (const line of [
    'vllm:time_to_first_token_seconds_bucket{le="0.25",model_name="tiny"} 0',
    'vllm:time_to_first_token_seconds_bucket{le="0.5",model_name="tiny"} 1',
    'vllm:inter_token_latency_seconds_count{model_name="tiny"} 2',
    'vllm:inter_token_latency_seconds_sum{model_name="tiny"} 0.4',
    'vllm:e2e_request_latency_seconds_sum{model_name="tiny"} 2',
    'vllm:request_queue_time_seconds_sum{model_name="tiny"} 0.5',
    'vllm:request_prefill_time_seconds_sum{model_name="tiny"} 1.5',
    'vllm:request_decode_time_seconds_sum{model_name="tiny"} 3',
    'vllm:request_inference_time_seconds_sum{model_name="tiny"} 4.5',
    'vllm:request_time_per_output_token_seconds_bucket{le="0.025",model_name="tiny"} 0',
    'vllm:request_time_per_output_token_seconds_bucket{le="0.05",model_name="tiny"} 1',
    'vllm:request_params_max_tokens_bucket{le="10",model_name="tiny"} 0',
    'vllm:request_params_max_tokens_bucket{le="20",model_name="tiny"} 1',
    'vllm:request_prompt_tokens_sum{model_name="tiny"} 7',
    'vllm:request_generation_tokens_sum{model_name="tiny"} 3',
    'vllm:request_success_total{finished_reason="length",model_name="tiny"} 1',
    'vllm:request_success_total{finished_reason="abort",model_name="tiny"} 1',
    'vllm:admission_rejections_total{reason="queue",model_name="tiny"} 1',
    'vllm:num_preemptions_total{model_name="tiny"} 5',
    'vllm:engine_restarts_total{model_name="tiny"} 2',
    'vllm:spec_decode_num_drafts_total{model_name="tiny"} 4',
    'vllm:spec_decode_num_draft_tokens_total{model_name="tiny"} 9',
    'vllm:spec_decode_num_accepted_tokens_total{model_name="tiny"} 6',
    'vllm:spec_decode_num_accepted_tokens_per_pos_total{position="1",model_name="tiny"} 2',
    'vllm:spec_decode_num_accepted_tokens_per_pos_total{position="2",model_name="tiny"} 0',
  ])
    expect(text).toContain(`${line}\n`);
});

/** Of vLLM's names those that are told here, and at the end those that it has not. */
const names = [
  "cache_config_info gauge",
  "e2e_request_latency_seconds histogram",
  "generation_tokens_total counter",
  "inter_token_latency_seconds histogram",
  "kv_cache_usage_perc gauge",
  "lora_requests_info gauge",
  "num_preemptions_total counter",
  "num_requests_running gauge",
  "num_requests_waiting gauge",
  "prefix_cache_hits_total counter",
  "prefix_cache_queries_total counter",
  "prompt_tokens_total counter",
  "request_decode_time_seconds histogram",
  "request_generation_tokens histogram",
  "request_inference_time_seconds histogram",
  "request_params_max_tokens histogram",
  "request_prefill_time_seconds histogram",
  "request_prompt_tokens histogram",
  "request_queue_time_seconds histogram",
  "request_success_total counter",
  "request_time_per_output_token_seconds histogram",
  "spec_decode_num_accepted_tokens_per_pos_total counter",
  "spec_decode_num_accepted_tokens_total counter",
  "spec_decode_num_draft_tokens_total counter",
  "spec_decode_num_drafts_total counter",
  "time_to_first_token_seconds histogram",
  ...["admission_rejections_total counter", "engine_restarts_total counter", "engine_steps_total counter"],
];

test("these are told and no others; of adapters where there are some", async () => {
  const facts = { adapters: ["law", "code"] };
  const engine = new ScriptedEngine({ script: () => ({ tokens: "ab" }), facts, isStepped: true });
  const watch = new AdapterWatch(engine);
  const told = async (metrics: Metrics) =>
    [...(await metrics.text()).matchAll(/^# TYPE vllm:(.*)$/gm)].map(([, line]) => line).sort();
  const metrics = new Metrics(watch, "tiny", watch);
  expect(await told(metrics)).toEqual([...names].sort());
  const without = names.filter((name) => name !== "lora_requests_info gauge");
  expect(await told(new Metrics(engine, "tiny"))).toEqual([...without].sort());
  for (const adapter of [1, 2]) watch.submit(requestOf([1], { adapter }), new Listener());
  engine.step();
  watch.submit(requestOf([1], { adapter: 2 }), new Listener());
  const [, labels, at] = /^vllm:lora_requests_info\{(.*)\} (.*)$/m.exec(await metrics.text()) ?? [];
  expect(labels?.split(/,(?=\w+=)/).sort()).toEqual([
    'max_lora="2"',
    'model_name="tiny"',
    'running_lora_adapters="law,code"',
    'waiting_lora_adapters="code"',
  ]);
  expect(Math.abs(Number(at) - Date.now() / 1000)).toBeLessThan(60);
});
