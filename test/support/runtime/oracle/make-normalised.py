"""Writes what the Rust library says of tokenizers whose added tokens are normalised before they are looked for.

Run with the Python package tokenizers 0.23.3: python make-normalised.py
Each line: the tokenizer of ../tokenizers that is changed, its normalizer, its added tokens, and rows of a text,
its tokens as text alone, its tokens with special ones parsed, and those decoded without and with special ones.
"""

import json
import pathlib
import random

import strings
from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).resolve().parent
HOME = HERE.parent / "tokenizers"

# Every second one is special; some are other texts once they are normalised, some are letters that write a byte.
NEW = ["<|\ufb01n|>", "\uff1cfull\uff1e", "<\u00bd>", "\u2163", "a\u0301b", "\u00e9", "two words"]
TEXTS = ["x<|fin|>y", "x<|\ufb01n|>y", "<full>\uff1cfull\uff1e", "\u2163 IV", "<\u00bd> <1\u20442>", "a\u0301b \u00e1b", "two words"]
TEXTS_MADE = 25


def variant(base, form):
    saved = json.loads((HOME / base / "tokenizer.json").read_text(encoding="utf-8"))
    own = saved["normalizer"]
    form = {"type": form}
    is_own_form = own is None or own["type"] == "NFC"
    saved["normalizer"] = form if is_own_form else {"type": "Sequence", "normalizers": [form, *own.get("normalizers", [own])]}
    vocab = saved["model"]["vocab"]
    next_id = 1 + max([*vocab.values(), *(token["id"] for token in saved["added_tokens"])])
    for token in saved["added_tokens"]:
        token["normalized"] = True
    for index, content in enumerate(NEW):
        # What the model has already keeps its number, and those behind it move up, as the library has it.
        token = {"id": vocab.get(content, next_id), "content": content, "single_word": False}
        next_id += content not in vocab
        cut = {"lstrip": False, "rstrip": False, "normalized": True}
        saved["added_tokens"].append({**token, **cut, "special": index % 2 == 0})
    return saved


def rows(saved):
    tokenizer = Tokenizer.from_str(json.dumps(saved))
    names = [token["content"] for token in saved["added_tokens"]]
    rng = random.Random(5)
    for text in [*TEXTS, *(strings.text(rng, names) for _ in range(TEXTS_MADE))]:
        tokenizer.encode_special_tokens = True
        plain = tokenizer.encode(text, add_special_tokens=False).ids
        tokenizer.encode_special_tokens = False
        parsed = tokenizer.encode(text, add_special_tokens=False).ids
        left_out, told = (tokenizer.decode(parsed, skip_special_tokens=skip) for skip in (True, False))
        yield [text, plain, parsed, left_out, told]


def main():
    lines = []
    for base in ("qwen", "gpt2", "gemma", "llama2"):
        for form in ("NFKC", "NFD"):
            saved = variant(base, form)
            told = {"base": base, "normalizer": saved["normalizer"], "added_tokens": saved["added_tokens"]}
            lines.append(json.dumps({**told, "rows": list(rows(saved))}, separators=(",", ":")))
    (HERE / "normalised.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


main()
