"""Seeded texts of many kinds, for training small tokenizers and for comparing implementations of them."""

import random

WORDS = (
    "the of and to in a is that for it was on with as his they at be this from have or by one had not but "
    "what all were when we there can an your which their said if do will each about how up out them then "
    "she many some so these would other into has more her two like him see time could no make than first "
    "been its who now people my made over did down only way find use may water long little very after "
    "words called just where most know get through back much before go good new write our used me man "
    "function return const import class value index token model tensor batch queue cluster server "
    "don't it's we're I've you'll he'd THE DON'T It'S HTTP JSON GPU e-mail user_name camelCase"
).split()

OTHER_SCRIPTS = (
    "größe façade naïve Ångström æther straße İstanbul ıspanak привет мир как дела ЁЖИК Ελληνικά "
    "γλώσσα שלום עולם مرحبا بالعالم नमस्ते दुनिया สวัสดี 你好 世界 北京 日本語 ひらがな カタカナ "
    "한국어 안녕하세요 e\u0301 a\u030a \u1100\u1161\u11a8 ｆｕｌｌ ﬁ ǆ"
).split()

SYMBOLS = (
    "🙂 👍🏽 👩‍👩‍👧 🇩🇪 ❤️ ✓ → € ½ ² ³ Ⅷ ① 𝔘 𐍈 ∑ ≠ … – — “ ” ‘ ’ « » \u00ad \u200b \u200d \ufeff \u2060"
).split()

SPACES = [" ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u0085", "\u2028", "\u3000", "\x0b", "\x1c", "\ufeff"]

PUNCTUATION = list(".,;:!?()[]{}<>|/\\\"'`~@#$%^&*-_=+▁Ġ")

NUMBERS = ["0", "7", "42", "123", "1234", "3.14", "1,000,000", "2024-01-31", "٣٤", "१२", "৫", "¼"]


def noise(rng):
    """One character from anywhere in Unicode that a file may hold."""
    while True:
        code = rng.choice([rng.randrange(0x80), rng.randrange(0x3000), rng.randrange(0x10000), rng.randrange(0x110000)])
        if not 0xD800 <= code <= 0xDFFF:
            return chr(code)


def piece(rng, extra):
    kind = rng.random()
    if kind < 0.35:
        return rng.choice(WORDS)
    if kind < 0.55:
        return rng.choice(SPACES)
    if kind < 0.65:
        return rng.choice(PUNCTUATION)
    if kind < 0.73:
        return rng.choice(OTHER_SCRIPTS)
    if kind < 0.79:
        return rng.choice(NUMBERS)
    if kind < 0.85:
        return rng.choice(SYMBOLS)
    if kind < 0.92 and extra:
        token = rng.choice(extra)
        cut = rng.randrange(len(token) + 1)
        return token if rng.random() < 0.7 else token[:cut] if rng.random() < 0.5 else token[cut:]
    return noise(rng)


def text(rng, extra=()):
    """Words, code, scripts, spaces of all kinds, and what the tokenizer under test calls special."""
    count = rng.randrange(0, 14)
    glue = rng.choice(["", "", " "])
    return glue.join(piece(rng, extra) for _ in range(count))


def corpus(seed, lines):
    rng = random.Random(seed)
    for _ in range(lines):
        words = []
        for _ in range(rng.randrange(3, 25)):
            pick = rng.random()
            words.append(
                rng.choice(WORDS)
                if pick < 0.8
                else rng.choice(OTHER_SCRIPTS)
                if pick < 0.9
                else rng.choice(NUMBERS)
                if pick < 0.95
                else rng.choice(SYMBOLS)
            )
        yield rng.choice(["", "    ", "\t"]) + " ".join(words) + rng.choice([".", "!", ";\n", "\n\n", " {"])
