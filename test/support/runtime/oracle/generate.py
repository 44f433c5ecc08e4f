"""Writes what transformers computes for tiny made-up models to goldens.jsonl, a line for each.

Weights follow from the names of the tensors (see test/support/runtime/made-up-weights.ts, which makes the
same), so none are stored. Run it with torch and transformers installed; the tests need neither.
"""

import json
import pathlib

import numpy
import torch
import transformers

ANSWER_TOKENS = 200
TOLD_STEPS = [0, 1, 7, 63, 199, 279]
# Past the 256 positions that kernels take together, so that a window begins behind some of them.
LONG_ANSWER_TOKENS = {"mistral-windowed": 280, "gemma3": 280}

COMMON = {
    "hidden_act": "silu",
    "rms_norm_eps": 1e-5,
    "num_hidden_layers": 2,
    "max_position_embeddings": 512,
    "bos_token_id": None,
    "eos_token_id": None,
}

MODELS = {
    "llama3-scaled": {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64,
        "intermediate_size": 160, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 128,
        "tie_word_embeddings": False, "rope_theta": 10000.0,
        "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                         "high_freq_factor": 4.0, "original_max_position_embeddings": 64},
    },
    "llama-linear-biased": {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64,
        "intermediate_size": 96, "num_attention_heads": 4, "num_key_value_heads": 4, "vocab_size": 128,
        "tie_word_embeddings": False, "attention_bias": True, "rope_theta": 10000.0,
        "rope_scaling": {"type": "linear", "factor": 2.0},
    },
    "mistral": {
        "architectures": ["MistralForCausalLM"], "model_type": "mistral", "hidden_size": 96,
        "intermediate_size": 128, "num_attention_heads": 6, "num_key_value_heads": 1, "head_dim": 32,
        "vocab_size": 160, "tie_word_embeddings": False, "sliding_window": None,
        "rope_parameters": {"rope_type": "default", "rope_theta": 100000.0},
    },
    "qwen2": {
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": 80,
        "intermediate_size": 112, "num_attention_heads": 5, "num_key_value_heads": 1, "vocab_size": 200,
        "tie_word_embeddings": False, "use_sliding_window": False, "sliding_window": 128,
        "rope_theta": 1000000.0,
    },
    "qwen2-yarn": {
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": 64,
        "intermediate_size": 96, "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 128,
        "tie_word_embeddings": False, "rope_theta": 10000.0,
        "rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 128},
    },
    "mistral-windowed": {
        "architectures": ["MistralForCausalLM"], "model_type": "mistral", "hidden_size": 64,
        "intermediate_size": 96, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 128,
        "tie_word_embeddings": False, "sliding_window": 40, "rope_theta": 10000.0,
    },
    "qwen2-windowed": {
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": 64,
        "intermediate_size": 96, "num_attention_heads": 2, "num_key_value_heads": 2, "vocab_size": 128,
        "tie_word_embeddings": False, "use_sliding_window": True, "sliding_window": 17,
        "max_window_layers": 1, "rope_theta": 10000.0,
    },
    "gemma": {
        "architectures": ["GemmaForCausalLM"], "model_type": "gemma", "hidden_size": 80,
        "intermediate_size": 112, "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 32,
        "vocab_size": 128, "hidden_act": "gelu", "rope_theta": 10000.0, "tie_word_embeddings": False,
    },
    "gemma2": {
        "architectures": ["Gemma2ForCausalLM"], "model_type": "gemma2", "hidden_size": 80,
        "intermediate_size": 96, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32,
        "vocab_size": 128, "hidden_activation": "gelu_pytorch_tanh", "query_pre_attn_scalar": 20,
        "sliding_window": 33, "attn_logit_softcapping": 4.0, "final_logit_softcapping": 5.0,
        "tie_word_embeddings": False,
    },
    "gemma3": {
        "architectures": ["Gemma3ForCausalLM"], "model_type": "gemma3_text", "num_hidden_layers": 3,
        "hidden_size": 96, "intermediate_size": 128, "num_attention_heads": 4, "num_key_value_heads": 1,
        "head_dim": 48, "vocab_size": 128, "hidden_activation": "gelu_pytorch_tanh",
        "query_pre_attn_scalar": 64, "sliding_window": 24, "sliding_window_pattern": 2,
        "rope_theta": 1000000.0, "rope_local_base_freq": 10000.0, "tie_word_embeddings": False,
        "rope_scaling": {"rope_type": "linear", "factor": 8.0},
    },
    "gemma3-listed": {
        "architectures": ["Gemma3ForCausalLM"], "model_type": "gemma3_text", "hidden_size": 64,
        "intermediate_size": 96, "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 64,
        "vocab_size": 128, "query_pre_attn_scalar": 64, "sliding_window": 100,
        "layer_types": ["full_attention", "sliding_attention"], "final_logit_softcapping": 20.0,
        "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 500000.0},
                            "sliding_attention": {"rope_type": "default", "rope_theta": 5000.0}},
        "tie_word_embeddings": True, "initializer_range": 0.0625,
    },
    "mixtral": {
        "architectures": ["MixtralForCausalLM"], "model_type": "mixtral", "hidden_size": 64,
        "intermediate_size": 48, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 128,
        "num_local_experts": 6, "num_experts_per_tok": 2, "tie_word_embeddings": False,
    },
    "qwen3-moe": {
        "architectures": ["Qwen3MoeForCausalLM"], "model_type": "qwen3_moe", "hidden_size": 80,
        "intermediate_size": 112, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 48,
        "vocab_size": 128, "num_experts": 40, "num_experts_per_tok": 5, "moe_intermediate_size": 48,
        "norm_topk_prob": True, "tie_word_embeddings": False, "rope_theta": 1000000.0,
    },
    "qwen3-moe-mixed": {
        "architectures": ["Qwen3MoeForCausalLM"], "model_type": "qwen3_moe", "num_hidden_layers": 4,
        "hidden_size": 64, "intermediate_size": 96, "num_attention_heads": 4, "num_key_value_heads": 2,
        "head_dim": 16, "vocab_size": 128, "num_experts": 8, "num_experts_per_tok": 3,
        "moe_intermediate_size": 32, "norm_topk_prob": False, "decoder_sparse_step": 2,
        "mlp_only_layers": [3], "tie_word_embeddings": False, "rope_theta": 10000.0,
    },
    "qwen3": {
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "hidden_size": 64,
        "intermediate_size": 176, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 48,
        "vocab_size": 128, "tie_word_embeddings": False, "attention_bias": False,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0},
    },
}


def mixed(words: numpy.ndarray) -> numpy.ndarray:
    """The end of MurmurHash3 on 32 bits."""
    words = words ^ (words >> numpy.uint32(16))
    words = words * numpy.uint32(0x85EBCA6B)
    words = words ^ (words >> numpy.uint32(13))
    words = words * numpy.uint32(0xC2B2AE35)
    return words ^ (words >> numpy.uint32(16))


def seed_of(name: str) -> int:
    """FNV-1a on 32 bits."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    return seed


def words_of(name: str, count: int) -> numpy.ndarray:
    steps = numpy.arange(count, dtype=numpy.uint32) * numpy.uint32(0x9E3779B9)
    return mixed(steps + numpy.uint32(seed_of(name)))


def made_up(name: str, shape: tuple[int, ...], config: dict = {}) -> torch.Tensor:
    count = int(numpy.prod(shape))
    even = words_of(name, count).astype(numpy.float64) / 2**31 - 1
    if name.endswith("norm.weight"):
        values = 1 + even / 4
    elif name.endswith("bias"):
        values = even / 2
    elif name.endswith("embed_tokens.weight"):
        # As a head as well, large ones would repeat the last token for ever.
        values = even * config.get("initializer_range", 1)
    else:
        values = even * numpy.sqrt(3 / shape[-1])
    single = torch.from_numpy(values.astype(numpy.float32)).reshape(shape)
    return single.to(torch.bfloat16).to(torch.float32)


def state_of(config: dict, model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The made-up weights by the names of files, as transformers keeps them: experts together."""
    is_mixtral = config["model_type"] == "mixtral"
    gate, up, down = ["w1", "w3", "w2"] if is_mixtral else ["gate_proj", "up_proj", "down_proj"]
    state = {}
    for key, value in model.state_dict().items():
        name = key.replace(".mlp.", ".block_sparse_moe.") if is_mixtral else key
        prefix, _, part = name.rpartition(".experts.")
        if not prefix:
            state[key] = made_up(name, tuple(value.shape), config)
            continue
        experts, outputs, inputs = value.shape

        def weights(expert: int, which: str, rows: int) -> torch.Tensor:
            return made_up(f"{prefix}.experts.{expert}.{which}.weight", (rows, inputs))

        state[key] = torch.stack([
            weights(expert, down, outputs) if part == "down_proj" else
            torch.cat([weights(expert, gate, outputs // 2), weights(expert, up, outputs // 2)])
            for expert in range(experts)])
    if config["tie_word_embeddings"]:
        state["lm_head.weight"] = state["model.embed_tokens.weight"]
    return state


def prompt_of(name: str, vocabulary: int) -> list[int]:
    return [int(word) % vocabulary for word in words_of(name, 24)]


def route_gap(router_logits: tuple[torch.Tensor, ...], chosen: int) -> float:
    """How near the last token came to another choice of experts, in any layer."""
    best = [torch.topk(logits[-1], chosen + 1).values for logits in router_logits]
    return round(min(float(values[-2] - values[-1]) for values in best), 4)


def golden(name: str) -> dict:
    config = {**COMMON, **MODELS[name]}
    parsed = transformers.AutoConfig.for_model(**json.loads(json.dumps(config)))
    parsed._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(parsed).to(torch.float32).eval()
    model.load_state_dict(state_of(config, model), strict=True)
    tokens = prompt_of(name, config["vocab_size"])
    start = len(tokens)
    margins, told, gaps = [], {}, []
    is_mixture = "num_experts_per_tok" in config
    with torch.no_grad():
        for step in range(LONG_ANSWER_TOKENS.get(name, ANSWER_TOKENS)):
            asked = {"output_router_logits": True} if is_mixture else {}
            output = model(torch.tensor([tokens]), use_cache=False, **asked)
            if is_mixture:
                gaps.append(route_gap(output.router_logits, config["num_experts_per_tok"]))
            logits = output.logits[0, -1].double()
            best = torch.topk(logits, 2)
            margins.append(round(float(best.values[0] - best.values[1]), 5))
            if step in TOLD_STEPS:
                told[step] = [round(float(value), 6) for value in torch.log_softmax(logits, -1)]
            tokens.append(int(best.indices[0]))
    return {"config": config, "prompt": tokens[:start], "answer": tokens[start:], "margins": margins,
            "logprobs": told, **({"gaps": gaps} if is_mixture else {})}


if __name__ == "__main__":
    torch.set_num_threads(1)
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    lines = [json.dumps({"name": name, **versions, **golden(name)}, separators=(",", ":")) for name in MODELS]
    pathlib.Path(__file__).with_name("goldens.jsonl").write_text("\n".join(lines) + "\n")
