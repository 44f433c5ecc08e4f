import { expect, test } from "vitest";
import { Metrics } from "../../../runtime/server/metrics.ts";
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
  metrics.finished({ finish: "length", promptTokens: 7, cachedTokens: 0, answerTokens: 3 }, 2);
  metrics.phase("queue", 0.5);
  metrics.phase("prefill", 1.5);
  metrics.phase("decode", 3);
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
