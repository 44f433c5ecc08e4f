"""Writes what compressed-tensors and transformers make of quantised models to quantised.jsonl.

A line for each model and format: `runtime quantize` writes the files, which transformers then reads and
expands. Told are hashes of all tensors of the files and of all expanded weights, and what the expanded
model computes in 32 bits. quantised-by-others/ is written by compressed-tensors itself.
Run it with torch, transformers and compressed-tensors installed; the tests need none of them.
"""

import hashlib
import json
import pathlib
import subprocess
import tempfile

import compressed_tensors
import safetensors
import safetensors.torch
import torch
import transformers
from compressed_tensors.compressors import ModelCompressor
from compressed_tensors.quantization import QuantizationConfig, apply_quantization_config
from generate import COMMON, TOLD_STEPS, made_up, prompt_of
from transformers import CompressedTensorsConfig

ANSWER_TOKENS = 200
HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[3]
SHAPE = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 128,
    "intermediate_size": 192, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 128,
    "tie_word_embeddings": False, "rope_theta": 10000.0,
}
MODELS = {
    "llama-int8": (SHAPE, ["--weights", "int8"]),
    "llama-int4-of-32": (SHAPE, ["--weights", "int4", "--group", "32"]),
    "qwen3-int8-odd-rows": (
        {**SHAPE, "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "hidden_size": 80,
         "intermediate_size": 112, "head_dim": 48, "tie_word_embeddings": True, "initializer_range": 0.0625}, ["--weights", "int8"]),
    "qwen2-int4-of-64": (
        {**SHAPE, "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2"}, ["--weights", "int4", "--group", "64"]),
}


def sha256(tensor: torch.Tensor) -> str:
    return hashlib.sha256(tensor.contiguous().view(torch.uint8).numpy().tobytes()).hexdigest()[:16]


def dense_model(config: dict) -> transformers.PreTrainedModel:
    parsed = transformers.AutoConfig.for_model(**json.loads(json.dumps(config)))
    parsed._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(parsed).to(torch.float32).eval()
    state = {key: made_up(key, tuple(value.shape), config) for key, value in model.state_dict().items()}
    if config["tie_word_embeddings"]:
        state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model.load_state_dict(state, strict=True)
    return model


def write_dense(config: dict, directory: pathlib.Path) -> None:
    directory.mkdir()
    state = {key: value.to(torch.bfloat16).clone() for key, value in dense_model(config).state_dict().items()}
    if config["tie_word_embeddings"]:
        del state["lm_head.weight"]
    safetensors.torch.save_file(state, directory / "model.safetensors")
    (directory / "config.json").write_text(json.dumps(config))


def expanded(directory: pathlib.Path) -> transformers.PreTrainedModel:
    return transformers.AutoModelForCausalLM.from_pretrained(
        directory, dtype=torch.bfloat16, attn_implementation="eager",
        quantization_config=CompressedTensorsConfig(dequantize=True))


def computed(model: transformers.PreTrainedModel, name: str, vocabulary: int) -> dict:
    model = model.to(torch.float32).eval()
    tokens = prompt_of(name, vocabulary)
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
    return {"prompt": tokens[:start], "answer": tokens[start:], "margins": margins, "logprobs": told}


def facts_of(directory: pathlib.Path, name: str, config: dict) -> dict:
    files = {}
    with safetensors.safe_open(directory / "model.safetensors", "pt") as file:
        for key in sorted(file.keys()):
            if "_proj.weight" in key:
                files[key] = sha256(file.get_tensor(key))
    model = expanded(directory)
    weights = {key: sha256(value) for key, value in sorted(model.state_dict().items()) if "_proj.weight" in key}
    assert all(value.dtype == torch.bfloat16 for value in model.state_dict().values())
    return {"config": config, "files": files, "weights": weights,
            **computed(model, name, config["vocab_size"])}


def golden(name: str) -> dict:
    shape, flags = MODELS[name]
    config = {**COMMON, **shape}
    with tempfile.TemporaryDirectory() as folder:
        dense, target = pathlib.Path(folder) / "dense", pathlib.Path(folder) / "quantised"
        write_dense(config, dense)
        subprocess.run(
            [ROOT / "node_modules/.bin/node", ROOT / "runtime/main.ts", "quantize", "--model", dense,
             "--to", target, *flags], check=True)
        return {"name": name, "flags": flags, **facts_of(target, name, config)}


INT8 = {"num_bits": 8, "type": "int", "symmetric": True, "strategy": "channel", "dynamic": False}
FP8 = {"num_bits": 8, "type": "float", "symmetric": True, "strategy": "channel", "dynamic": False}
BY_OTHERS = {
    "quantised-by-others": ("int-quantized", {"weights": INT8}),
    "fp8-by-others": ("float-quantized", {
        "weights": FP8, "input_activations": {**FP8, "strategy": "token", "dynamic": True}}),
    "fp8-of-one-scale": ("float-quantized", {"weights": {**FP8, "strategy": "tensor"}}),
}


def by_others(name: str) -> dict:
    """One byte for each weight: what the library makes of its own scales."""
    format, given = BY_OTHERS[name]
    config = {**COMMON, **SHAPE, "num_hidden_layers": 1, "hidden_size": 32, "intermediate_size": 48,
              "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 40}
    model = dense_model(config).to(torch.bfloat16)
    scheme = {"targets": ["Linear"], "format": format, **given}
    quantization = QuantizationConfig(
        config_groups={"group_0": scheme}, ignore=["lm_head"], format=format,
        quantization_status="frozen")
    apply_quantization_config(model, quantization)
    for module in model.modules():
        if hasattr(module, "weight_scale"):
            most = 127 if given["weights"]["type"] == "int" else torch.finfo(torch.float8_e4m3fn).max
            peaks = module.weight.abs().amax(dim=1, keepdim=True)
            one_scale = given["weights"]["strategy"] == "tensor"
            module.weight_scale.data = (peaks.max().reshape(1) if one_scale else peaks) / most
            module.weight_zero_point.data.zero_()
    target = HERE / name
    target.mkdir(exist_ok=True)
    compressor = ModelCompressor(quantization_config=quantization)
    compressor.compress_model(model)
    state = {key: value.contiguous() for key, value in model.state_dict().items()}
    safetensors.torch.save_file(state, target / "model.safetensors", {"format": "pt"})
    told = {**config, "quantization_config": json.loads(
        QuantizationConfig.from_pretrained(model, format=format).model_dump_json())}
    (target / "config.json").write_text(json.dumps(told, indent=1) + "\n")
    return {"name": name, **facts_of(target, name, told)}


if __name__ == "__main__":
    torch.set_num_threads(1)
    versions = {"torch": torch.__version__, "transformers": transformers.__version__,
                "compressed-tensors": compressed_tensors.__version__}
    lines = [{**versions, **golden(name)} for name in MODELS] + [{**versions, **by_others(name)} for name in BY_OTHERS]
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    (HERE / "quantised.jsonl").write_text(text)
