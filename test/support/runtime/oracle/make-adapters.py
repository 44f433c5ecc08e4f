"""Writes what PEFT computes for made-up models with made-up adapters to adapters.jsonl, a line for each.

PEFT's own files are in adapter-NAME/: what it saved, in 16 bits. Weights of the models follow from their
names, as in generate.py. Run it with torch, transformers and peft installed; the tests need none of them.
"""

import json
import pathlib
import shutil

import peft
import torch
import transformers
from generate import COMMON, made_up, prompt_of

HERE = pathlib.Path(__file__).parent
TOLD_STEPS = [0, 1, 7, 31]
ANSWER_TOKENS = 32
CONFIG = {
    **COMMON, "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": 64,
    "intermediate_size": 80, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 128,
    "tie_word_embeddings": False, "rope_theta": 10000.0,
}
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
ADAPTERS = {
    "all-of-4": {"r": 4, "lora_alpha": 8, "target_modules": ALL},
    "two-of-20-stabilised": {"r": 20, "lora_alpha": 16, "use_rslora": True,
                             "target_modules": ["q_proj", "v_proj"]},
    "feed-forward-of-2": {"r": 2, "lora_alpha": 4, "target_modules": ["gate_proj", "down_proj"]},
}


def dense_model(config: dict) -> transformers.PreTrainedModel:
    parsed = transformers.AutoConfig.for_model(**json.loads(json.dumps(config)))
    parsed._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(parsed).to(torch.float32).eval()
    state = {key: made_up(key, tuple(value.shape)) for key, value in model.state_dict().items()}
    if config["tie_word_embeddings"]:
        state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model.load_state_dict(state, strict=True)
    return model


def golden(name: str) -> dict:
    model = peft.get_peft_model(dense_model(CONFIG), peft.LoraConfig(task_type="CAUSAL_LM", **ADAPTERS[name]))
    for key, value in model.named_parameters():
        if "lora_" in key:
            value.data = made_up(f"{name}.{key}", tuple(value.shape)).to(torch.bfloat16).to(torch.float32)
    model.eval()
    tokens = prompt_of(name, CONFIG["vocab_size"])
    start = len(tokens)
    margins, told = [], {}
    with torch.no_grad():
        for step in range(ANSWER_TOKENS):
            logits = model(torch.tensor([tokens]), use_cache=False).logits[0, -1].double()
            best = torch.topk(logits, 2)
            margins.append(round(float(best.values[0] - best.values[1]), 5))
            if step in TOLD_STEPS:
                told[step] = [round(float(value), 6) for value in torch.log_softmax(logits, -1)]
            tokens.append(int(best.indices[0]))
    # Last: the angles of heads would be rounded as well.
    target = HERE / f"adapter-{name}"
    shutil.rmtree(target, ignore_errors=True)
    model.to(torch.bfloat16).save_pretrained(target)
    (target / "README.md").unlink()
    (target / "adapter_model.safetensors").chmod(0o644)
    return {"config": CONFIG, "prompt": tokens[:start], "answer": tokens[start:], "margins": margins,
            "logprobs": told}


if __name__ == "__main__":
    torch.set_num_threads(1)
    versions = {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__}
    lines = [{"name": name, **versions, **golden(name)} for name in ADAPTERS]
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    (HERE / "adapters.jsonl").write_text(text)
