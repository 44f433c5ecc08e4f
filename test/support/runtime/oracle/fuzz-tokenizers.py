"""Compares runtime/text/tokenizer.ts with the Rust library over random texts, and prints each difference.

Run with the Python package tokenizers 0.23.3, with Node 24 first on the path:
python fuzz-tokenizers.py TEXTS_PER_TOKENIZER SEED
"""

import collections
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import strings
from tokenizers import Tokenizer, pre_tokenizers, trainers

HERE = pathlib.Path(__file__).resolve().parent
HOME = HERE.parent / "tokenizers"

SOURCES = {".ts", ".md", ".cpp", ".h", ".cu", ".json", ".yaml", ".py"}
LARGE = 64_000

# Reads [directory, text] lines, answers with tokens and texts; one line each.
ANSWER = """
import { createInterface } from "node:readline";
const { Tokenizer } = await import(process.argv[1]);
const known = new Map();
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const [directory, text, tokens] = JSON.parse(line);
  if (!known.has(directory)) known.set(directory, Tokenizer.load(directory));
  const tokenizer = known.get(directory);
  const parsed = tokenizer.encode(text, { special: true });
  const answer = [
    [...tokenizer.encode(text)],
    [...parsed],
    tokenizer.decode(parsed),
    tokenizer.decode(parsed, { special: true }),
    tokenizer.decode(tokens),
  ];
  process.stdout.write(`${JSON.stringify(answer)}\\n`);
}
"""


def change(saved, path, value):
    target = saved
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value


def variants(directory):
    """The committed tokenizers, and others that differ from one of them in a field or two."""
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    split = {"type": "Split", "pattern": {"Regex": r"\s+"}, "invert": False}
    threes = {"type": "Split", "pattern": {"Regex": r"\p{N}{1,3}"}, "behavior": "Isolated", "invert": False}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}

    def after(first):
        return {"type": "Sequence", "pretokenizers": [first, byte_level]}

    rows = [(name, name, []) for name in ("gpt2", "llama3", "qwen", "llama2", "mistral", "gemma")]
    rows += [
        ("gpt2", "prefix-space", [(["pre_tokenizer", "add_prefix_space"], True)]),
        ("gpt2", "digits-each", [(["pre_tokenizer"], after({"type": "Digits", "individual_digits": True}))]),
        ("gpt2", "digits-runs", [(["pre_tokenizer"], after({"type": "Digits", "individual_digits": False}))]),
        ("gpt2", "removed", [(["pre_tokenizer"], after({**split, "behavior": "Removed"}))]),
        ("gpt2", "contiguous", [(["pre_tokenizer"], after({**split, "behavior": "Contiguous"}))]),
        ("gpt2", "merged-next", [(["pre_tokenizer"], after({**split, "behavior": "MergedWithNext"}))]),
        ("gpt2", "merged-previous", [(["pre_tokenizer"], after({**split, "behavior": "MergedWithPrevious"}))]),
        ("gpt2", "inverted", [(["pre_tokenizer"], after({**split, "behavior": "Isolated", "invert": True}))]),
        ("gpt2", "threes", [(["pre_tokenizer"], after(threes))]),
        ("gpt2", "nfkc", [(["normalizer"], {"type": "NFKC"})]),
        ("llama2", "metaspace-always", [(["normalizer"], None), (["pre_tokenizer"], metaspace)]),
        ("mistral", "metaspace-first", [(["pre_tokenizer"], {**metaspace, "prepend_scheme": "first"})]),
        ("mistral", "metaspace-never", [(["pre_tokenizer"], {**metaspace, "prepend_scheme": "never"})]),
        ("llama2", "normalized", [(["added_tokens", 1, "normalized"], True)]),
        ("qwen", "left", [(["added_tokens", 2, "lstrip"], True), (["added_tokens", 3, "lstrip"], True)]),
        ("qwen", "right", [(["added_tokens", 2, "rstrip"], True), (["added_tokens", 3, "rstrip"], True)]),
        ("qwen", "word", [(["added_tokens", 2, "single_word"], True), (["added_tokens", 3, "single_word"], True)]),
    ]
    for base, name, changes in rows:
        saved = json.loads((HOME / base / "tokenizer.json").read_text(encoding="utf-8"))
        for path, value in changes:
            change(saved, path, value)
        home = pathlib.Path(directory) / name
        home.mkdir()
        shutil.copy(HOME / base / "tokenizer_config.json", home)
        (home / "tokenizer.json").write_text(json.dumps(saved, ensure_ascii=False), encoding="utf-8")
        yield name, home, [token["content"] for token in saved["added_tokens"]]
    for name in ("llama3", "qwen"):
        home = pathlib.Path(directory) / f"{name}-large"
        yield home.name, *trained(name, home)


def trained(base, home):
    """The same tokenizer with a vocabulary of real size, from this project's own sources and drawn texts."""
    tokenizer = Tokenizer.from_file(str(HOME / base / "tokenizer.json"))
    special = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
    root = HERE.parents[3]
    folders = ("components", "docs", "embedded", "runtime", "stacks", "test")
    files = sorted(file for folder in folders for file in (root / folder).rglob("*.*") if file.suffix in SOURCES)
    texts = [*(file.read_text(encoding="utf-8") for file in files), *strings.corpus(11, 40_000)]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=LARGE, initial_alphabet=alphabet, special_tokens=special, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    home.mkdir()
    shutil.copy(HOME / base / "tokenizer_config.json", home)
    tokenizer.save(str(home / "tokenizer.json"))
    return home, special


def expected(tokenizer, text, tokens):
    tokenizer.encode_special_tokens = True
    plain = tokenizer.encode(text, add_special_tokens=False).ids
    tokenizer.encode_special_tokens = False
    parsed = tokenizer.encode(text, add_special_tokens=False).ids
    return [plain, parsed, tokenizer.decode(parsed), tokenizer.decode(parsed, skip_special_tokens=False),
            tokenizer.decode(tokens)]


def main(count, seed):
    kinds = ["plain", "parsed", "decoded", "decoded with special tokens", "random tokens decoded"]
    differences = collections.Counter()
    broken = 0
    with tempfile.TemporaryDirectory() as directory, open(f"{directory}/in", "w+", encoding="utf-8") as lines:
        rng = random.Random(seed)
        wanted = []
        sizes = {}
        for name, home, special in variants(directory):
            tokenizer = Tokenizer.from_file(str(home / "tokenizer.json"))
            sizes[name] = tokenizer.get_vocab_size()
            for _ in range(count):
                text = strings.text(rng, special)
                tokens = [rng.randrange(tokenizer.get_vocab_size()) for _ in range(rng.randrange(12))]
                wanted.append((name, text, tokens, expected(tokenizer, text, tokens)))
                lines.write(json.dumps([str(home), text, tokens]) + "\n")
        lines.seek(0)
        source = str(HERE.parents[3] / "runtime/text/tokenizer.ts")
        node = ["node", "--input-type=module", "--eval", ANSWER, source]
        # Split at line feeds alone: JSON may hold other ends of lines as they are.
        answers = subprocess.run(node, stdin=lines, stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")
    assert len(answers) == len(wanted) + 1
    for (name, text, tokens, want), answer in zip(wanted, answers):
        for kind, one, other in zip(kinds, want, json.loads(answer)):
            if one != other:
                # The library gives up a whole run of byte tokens for one byte that is no UTF-8; ours only that byte.
                if kind == kinds[-1] and "\ufffd" in one and "\ufffd" in other:
                    broken += 1
                    continue
                differences[name, kind] += 1
                if differences[name, kind] <= 3:
                    print(json.dumps([name, kind, text, tokens, one, other]))
    print(f"{len(wanted)} texts of {len(sizes)} tokenizers of {min(sizes.values())} to {max(sizes.values())} "
          f"tokens; differences: {dict(differences)}; broken UTF-8 told otherwise: {broken}")


main(int(sys.argv[1]), int(sys.argv[2]))
