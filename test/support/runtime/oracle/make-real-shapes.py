"""Writes what transformers computes at the widths of released models to real-shapes.jsonl, a line for each.

Widths are those of each model's published config.json; layers are few and vocabularies cut, so that a test can make
the weights, and none is tied: a made-up embedding that is the head says every token again. They are made up as
generate.py makes them. Run it with torch and transformers installed.
"""

import json
import pathlib

import torch
import transformers

from generate import COMMON, prompt_of, state_of

TOLD_STEPS = [0, 1, 7, 63, 199]
TOLD_TOKENS = 20

# meta-llama/Llama-3.2-1B, Qwen/Qwen2.5-0.5B, Qwen/Qwen3-0.6B, google/gemma-3-1b-pt,
# mistralai/Mistral-7B-v0.3 (one layer).
SHAPES = {
    "llama-3.2-1b": (200, {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 2048,
        "intermediate_size": 8192, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64,
        "vocab_size": 8192, "tie_word_embeddings": False, "rope_theta": 500000.0,
        "rope_scaling": {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0,
                         "high_freq_factor": 4.0, "original_max_position_embeddings": 8192},
    }),
    "qwen2.5-0.5b": (200, {
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": 896,
        "intermediate_size": 4864, "num_attention_heads": 14, "num_key_value_heads": 2, "vocab_size": 8192,
        "tie_word_embeddings": False, "use_sliding_window": False, "rope_theta": 1000000.0,
        "rms_norm_eps": 1e-6,
    }),
    "qwen3-0.6b": (200, {
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "hidden_size": 1024,
        "intermediate_size": 3072, "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128,
        "vocab_size": 32768, "tie_word_embeddings": False, "attention_bias": False, "rope_theta": 1000000.0,
        "rms_norm_eps": 1e-6,
    }),
    "gemma-3-1b": (200, {
        "architectures": ["Gemma3ForCausalLM"], "model_type": "gemma3_text", "hidden_size": 1152,
        "intermediate_size": 6912, "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 256,
        "vocab_size": 8192, "hidden_activation": "gelu_pytorch_tanh", "query_pre_attn_scalar": 256,
        "sliding_window": 64, "layer_types": ["sliding_attention", "full_attention"],
        "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 1000000.0},
                            "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}},
        "tie_word_embeddings": False, "rms_norm_eps": 1e-6,
    }),
    "mistral-7b": (8, {
        "architectures": ["MistralForCausalLM"], "model_type": "mistral", "num_hidden_layers": 1,
        "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32,
        "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 8192, "tie_word_embeddings": False,
        "sliding_window": None, "rope_theta": 1000000.0,
    }),
}


def golden(name: str) -> dict:
    answer_tokens, shape = SHAPES[name]
    config = {**COMMON, **shape}
    parsed = transformers.AutoConfig.for_model(**json.loads(json.dumps(config)))
    parsed._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(parsed).to(torch.float32).eval()
    model.load_state_dict(state_of(config, model), strict=True)
    prompt = prompt_of(name, config["vocab_size"])
    answer, margins, told, cache, asked = [], [], {}, None, prompt
    with torch.no_grad():
        for step in range(answer_tokens):
            output = model(torch.tensor([asked]), past_key_values=cache, use_cache=True)
            cache, logits = output.past_key_values, output.logits[0, -1].double()
            logprobs = torch.log_softmax(logits, -1)
            best = torch.topk(logprobs, TOLD_TOKENS)
            margins.append(round(float(best.values[0] - best.values[1]), 4))
            if step in TOLD_STEPS:
                told[step] = {"spread": round(float(logits.std()), 4), "tokens": best.indices.tolist(),
                              "logprobs": [round(float(value), 5) for value in best.values]}
            asked = [int(best.indices[0])]
            answer += asked
    return {"config": config, "prompt": prompt, "answer": answer, "margins": margins, "told": told}


if __name__ == "__main__":
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    lines = [json.dumps({"name": name, **versions, **golden(name)}, separators=(",", ":")) for name in SHAPES]
    pathlib.Path(__file__).with_name("real-shapes.jsonl").write_text("\n".join(lines) + "\n")
