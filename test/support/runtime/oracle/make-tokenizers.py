"""Trains the small tokenizers of test/support/runtime/tokenizers, and writes what the Rust library says of them.

Run with the Python package tokenizers 0.23.3, then format: python make-tokenizers.py; biome check --write
"""

import json
import pathlib
import random

import strings
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HOME = pathlib.Path(__file__).resolve().parent.parent / "tokenizers"

# How GPT-4-like and Llama 3 tokenizers cut texts before they merge; numbers in threes.
THREES = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
# Qwen's: numbers digit by digit.
DIGITS = THREES.replace(r"\p{N}{1,3}", r"\p{N}")

SPECIAL = {
    "gpt2": ["<|endoftext|>"],
    "llama3": ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
    "qwen": ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    "llama2": ["<unk>", "<s>", "</s>"],
    "mistral": ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[TOOL_CALLS]"],
    "gemma": ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"],
}

PLAIN = {"qwen": ["<think>", "</think>", "<tool_call>", "</tool_call>"]}

CONFIG = {
    "gpt2": {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"},
    "llama3": {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"},
    "qwen": {"bos_token": None, "eos_token": "<|im_end|>"},
    "llama2": {"bos_token": {"content": "<s>", "special": True}, "eos_token": "</s>", "unk_token": "<unk>"},
    "mistral": {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"},
    "gemma": {"bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>"},
}


def train(tokenizer, vocab_size, alphabet=(), special=()):
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, initial_alphabet=list(alphabet), special_tokens=list(special), show_progress=False
    )
    tokenizer.train_from_iterator(strings.corpus(7, 4000), trainer)
    return tokenizer


def byte_level(name):
    tokenizer = Tokenizer(models.BPE(ignore_merges=name == "llama3"))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=name == "gpt2")
    if name == "gpt2":
        tokenizer.pre_tokenizer = byte_level
    else:
        cut = Regex(THREES if name == "llama3" else DIGITS)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(cut, "isolated", False), byte_level])
    if name == "qwen":
        tokenizer.normalizer = normalizers.NFC()
    train(tokenizer, 500, pre_tokenizers.ByteLevel.alphabet())
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(SPECIAL[name])
    if name == "qwen":
        tokenizer.add_tokens([AddedToken(token, normalized=False) for token in PLAIN[name]])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    if name == "llama3":
        first = SPECIAL[name][0]
        template = processors.TemplateProcessing(
            single=f"{first} $A", pair=f"{first} $A {first}:1 $B:1", special_tokens=[(first, tokenizer.token_to_id(first))]
        )
        tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    return tokenizer


def sentence_piece(name):
    special = SPECIAL[name]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    train(tokenizer, 300, strings.PUNCTUATION, special)
    trained = json.loads(tokenizer.to_str())
    # Bytes come after the special tokens, as SentencePiece has it, and before what was trained.
    learned = [token for token, _ in sorted(trained["model"]["vocab"].items(), key=lambda entry: entry[1])]
    learned = [token for token in learned if token not in special]
    spaces = ["▁▁", "▁▁▁▁"] if name != "llama2" else []
    order = [*special, *(f"<0x{byte:02X}>" for byte in range(256)), *learned, *spaces]
    merges = [*trained["model"]["merges"], *([["▁", "▁"], ["▁▁", "▁▁"]] if spaces else [])]
    bpe = models.BPE(
        vocab={token: index for index, token in enumerate(order)},
        merges=[tuple(pair) for pair in merges],
        unk_token="<unk>",
        fuse_unk=True,
        byte_fallback=True,
    )
    tokenizer = Tokenizer(bpe)
    strip = [decoders.Strip(" ", 1, 0)]
    if name == "llama2":
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    elif name == "mistral":
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    else:
        tokenizer.normalizer = normalizers.Replace(" ", "▁")
        tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
        strip = []
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), *strip]
    )
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in special])
    first = CONFIG[name]["bos_token"]
    first = first if isinstance(first, str) else first["content"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A", pair=f"{first} $A {first}:1 $B:1", special_tokens=[(first, tokenizer.token_to_id(first))]
    )
    return tokenizer


def goldens(tokenizer, name):
    """Texts as the Rust library has them: as text alone, with special tokens parsed, and back."""
    rng = random.Random(11)
    rows = []
    for _ in range(120):
        text = strings.text(rng, SPECIAL[name] + PLAIN.get(name, []))
        tokenizer.encode_special_tokens = True
        plain = tokenizer.encode(text, add_special_tokens=False).ids
        tokenizer.encode_special_tokens = False
        parsed = tokenizer.encode(text, add_special_tokens=False).ids
        row = [text, plain, parsed, tokenizer.decode(parsed, skip_special_tokens=True)]
        rows.append(row)
    return rows


def main():
    for name in SPECIAL:
        tokenizer = byte_level(name) if name in ("gpt2", "llama3", "qwen") else sentence_piece(name)
        home = HOME / name
        home.mkdir(parents=True, exist_ok=True)
        saved = json.loads(tokenizer.to_str())
        model = json.dumps(saved, ensure_ascii=False, separators=(",", ":"))
        (home / "tokenizer.json").write_text(model + "\n", encoding="utf-8")
        config = {**CONFIG[name], "clean_up_tokenization_spaces": False, "tokenizer_class": "PreTrainedTokenizerFast"}
        (home / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        rows = ",\n".join(json.dumps(row, ensure_ascii=True, separators=(",", ":")) for row in goldens(tokenizer, name))
        (home / "encodings.json").write_text(f"[\n{rows}\n]\n", encoding="utf-8")


main()
