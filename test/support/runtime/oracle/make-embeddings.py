"""Writes the hidden states that transformers computes for made-up models to embeddings.jsonl, a line for each.

Weights and prompts are those of generate.py. Of each prompt the state of the last token and the mean over all
tokens are told, behind the final norm. Run it with torch and transformers installed; the tests need neither.
"""

import json
import pathlib

import torch
import transformers
from generate import COMMON, MODELS, made_up, prompt_of

NAMES = ["llama3-scaled", "qwen2", "qwen3"]


def rounded(row: torch.Tensor) -> list[float]:
    return [round(float(value), 6) for value in row]


def golden(name: str) -> dict:
    config = {**COMMON, **MODELS[name]}
    parsed = transformers.AutoConfig.for_model(**json.loads(json.dumps(config)))
    parsed._attn_implementation = "eager"
    model = transformers.AutoModel.from_config(parsed).to(torch.float32).eval()
    state = {key: made_up(f"model.{key}", tuple(value.shape)) for key, value in model.state_dict().items()}
    model.load_state_dict(state, strict=True)
    prompt = prompt_of(name, config["vocab_size"])
    with torch.no_grad():
        states = model(torch.tensor([prompt]), use_cache=False).last_hidden_state[0].double()
    return {"config": config, "prompt": prompt, "last": rounded(states[-1]), "mean": rounded(states.mean(0))}


if __name__ == "__main__":
    torch.set_num_threads(1)
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    lines = [json.dumps({"name": name, **versions, **golden(name)}, separators=(",", ":")) for name in NAMES]
    pathlib.Path(__file__).with_name("embeddings.jsonl").write_text("\n".join(lines) + "\n")
