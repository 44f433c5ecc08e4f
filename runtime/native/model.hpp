/** A model on the processor: its weights, the KV cache, and what a step computes. */
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "adapters.hpp"
#include "cpu.hpp"
#include "mixture.hpp"
#include "sampling.hpp"
#include "step.hpp"
#include "step-thread.hpp"
#include "threads.hpp"
#include "weights.hpp"

namespace plinth {

struct Shape {
  int layers, hidden, intermediate, heads, kv_heads, head_values, vocabulary;
  float epsilon;
  /** Added to the weights of all norms. */
  float norm_shift;
  /** Of embeddings, rounded to what weights are rounded to. */
  float embedding_scale;
  /** Of scores, which are capped then as logits are; 0: they are not. */
  float attention_scale, attention_cap, logit_cap;
  bool is_gelu;
  MixtureShape mixture;
};

/** How the turns of heads go on from one position to the next. */
struct Rope {
  /** By half of a head: radians. */
  std::vector<float> turns;
  /** Of cosines and sines. */
  float scale;
};

/** In what layers differ, whatever the model is. */
struct LayerKind {
  /** Tokens that each sees, itself among them; 0: all before it. */
  int window;
  int rope;
};

struct ExpertTensors {
  Tensor gate, up, down;
};

/** As they lie in the files; `data` is null for what a model does not have. */
struct LayerTensors {
  Tensor input_norm, post_norm, attention_norm, feed_forward_norm;
  Tensor query, key, value, output;
  Tensor query_bias, key_bias, value_bias, output_bias;
  Tensor query_norm, key_norm;
  Tensor gate, up, down;
  /** Experts are as many as the router has rows. */
  Tensor router;
  std::vector<ExpertTensors> experts;
};

struct ModelTensors {
  Tensor embedding, final_norm;
  /** Null: the embedding, once more. */
  Tensor head;
  std::vector<LayerTensors> layers;
};

struct Expert {
  Matrix gated, down;
};

/** What a layer has; vectors are empty for what it has not. */
struct Layer {
  int window;
  const float* rotations;
  std::vector<float> input_norm, post_norm, query_norm, key_norm, qkv_bias, output_bias;
  /** Of what attention and the feed-forward part give, before it is added. */
  std::vector<float> attention_norm, feed_forward_norm;
  Matrix qkv, output;
  /** Either one feed-forward part, or a choice among several. */
  Matrix gated, down, router;
  std::vector<Expert> experts;
};

struct ModelOptions {
  Shape shape;
  Limits limits;
  /** 0: as many as `memory_share` of the device's memory has room for, beside all else. */
  int blocks;
  float memory_share;
  bool is_fp8_cache;
  /** Files that may compute products of `library_rows` rows and more; none: sums have one order. */
  std::vector<std::string> libraries;
  int library_rows;
  int threads;
  std::string path;
  bool is_exact;
  std::vector<Rope> ropes;
  std::vector<LayerKind> kinds;
};

class Model {
 public:
  Model(
      const ModelOptions& options, const ModelTensors& tensors, const std::vector<AdapterTensors>& adapters);

  /** Steps that may be under way: a second one is computed behind the first. */
  static constexpr int steps_at_once = StepThread::most;
  /** Begins a step on a thread of its own. Throws std::range_error where the step is none. */
  void start(const Step& step);
  /** Whether the first has ended; waits for it, for so many milliseconds at most. Throws what it threw. */
  bool finish(double milliseconds) { return step_thread_.finish(milliseconds); }

  const char* path() const { return kernels_.name; }
  size_t weight_bytes() const;
  size_t cache_bytes() const { return cache_.bytes(); }
  size_t workspace_bytes() const {
    return workspace_.bytes() + mixture_workspace_.bytes() + added_.bytes() + inner_.bytes();
  }

 private:
  void load(const ModelTensors& tensors);
  void load_adapters(const std::vector<AdapterTensors>& adapters);
  void compute(const Step& step);
  void plan_adapters(const Step& step);
  void adapt(Gemm& gemm, const Matrix& matrix);
  void reserve();
  void rotate();
  void plan(const Step& step);
  void embed(const Step& step);
  void run_layer(const Step& step, int index);
  void attend(const Step& step, int index);
  void answer(const Step& step);
  void sample(const Step& step, int first, int rows);
  void pool(const Step& step);
  void pool_sequence(const Step& step, int sequence) const;
  void norm(const float* weights, int rows, const int32_t* from);
  void multiply(
      const void* input, int rows, const Matrix& matrix, const std::vector<float>& bias, void* output,
      int stride, Finish finish);
  Gemm product(
      const void* input, int rows, const Matrix& matrix, const float* bias, void* output, int stride,
      Finish finish) const;
  int grain_of(int units) const;
  Finish gate() const { return shape_.is_gelu ? Finish::gate_gelu : Finish::gate_silu; }
  void reserve_mixture();
  void mix(const Layer& layer, int tokens);
  void multiply_experts(
      const Layer& layer, Matrix Expert::*part, const uint8_t* input, uint8_t* output, int stride,
      int output_bytes, Finish finish);
  void add_choices(int token);
  void project(
      const void* input, int rows, const Matrix& matrix, const std::vector<float>& bias,
      const std::vector<float>& norm);
  size_t layer_cache_bytes() const;

  ModelOptions options_;
  Shape shape_;
  const KernelSet& kernels_;
  Threads threads_;
  int hidden_stride_, qkv_stride_, attended_stride_, gated_stride_, logit_stride_, logit_rows_;

  /** Rows of floats or of bfloat16; none where the head is the embedding. */
  Region embedding_;
  Matrix head_;
  std::vector<float> final_norm_;
  std::vector<Layer> layers_;
  std::vector<Adapter> adapters_;
  Region cache_;

  Region workspace_;
  float *hidden_, *branch_, *qkv_, *logits_, *rotations_;
  uint8_t *normed_, *queries_, *attended_, *gated_;
  std::vector<int32_t> blocks_, sampled_tokens_;
  std::vector<SampledRow> sampled_rows_;
  std::vector<uint8_t> is_last_;
  /** What adapters add to a product, and the inner values that it is made of; by token. */
  Region added_, inner_;
  int inner_stride_ = 0;
  std::vector<uint8_t> is_added_, adapters_of_;
  std::vector<int32_t> adapted_;
  std::vector<AttentionItem> items_;
  std::vector<std::unique_ptr<Sampler>> samplers_;

  /** Of layers that choose among experts; by row of the routes but for the logits. */
  Routes routes_;
  Region mixture_workspace_;
  float* router_logits_;
  uint8_t *routed_, *routed_gated_, *routed_output_;
  std::vector<Gemm> expert_products_;

  /** In turns; one that is over is read by the one behind it. */
  Step steps_[steps_at_once + 1] = {};
  int next_step_ = 0;
  /** Ends before anything that it reads or writes. */
  StepThread step_thread_;
};

}  // namespace plinth
