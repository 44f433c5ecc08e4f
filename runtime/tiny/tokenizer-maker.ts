/** Learns the tokens of a text, byte pair by byte pair, and writes them as tokenizer.json is written. */

/** Tokens that no text can spell; their number is their place. */
export const specialTokens = ["<|end|>", "<|user|>", "<|assistant|>"] as const;
export const [endToken, userToken, assistantToken] = [0, 1, 2];

/** Messages of other roles are left out: the model has never seen any. */
const chatTemplate =
  "{% for message in messages %}" +
  "{% if message['role'] == 'user' %}<|user|>{{ message['content'] }}<|end|>" +
  "{% elif message['role'] == 'assistant' %}<|assistant|>{{ message['content'] }}<|end|>" +
  "{% endif %}{% endfor %}" +
  "{% if add_generation_prompt %}<|assistant|>{% endif %}";

/** How GPT-2 cuts text before pairs are joined (openai/gpt-2, src/encoder.py; 2026-11-22). */
const words = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

export interface TokenizerFiles {
  readonly "tokenizer.json": string;
  readonly "tokenizer_config.json": string;
}

/** Joins the most frequent pairs until there are so many tokens, or no pair comes twice. */
export function makeTokenizer(text: string, vocabularySize: number): TokenizerFiles {
  const alphabet = byteAlphabet();
  const vocabulary = [...specialTokens, ...alphabet];
  const merges: [string, string][] = [];
  const counted = countedWords(text, alphabet);
  while (vocabulary.length < vocabularySize) {
    const pair = mostFrequentPair(counted);
    if (!pair) break;
    merges.push(pair);
    vocabulary.push(pair.join(""));
    for (const word of counted) joinPair(word.parts, pair);
  }
  return {
    "tokenizer.json": `${JSON.stringify(tokenizerJson(vocabulary, merges), null, 1)}\n`,
    "tokenizer_config.json": `${JSON.stringify(tokenizerConfig(), null, 2)}\n`,
  };
}

/**
 * A printable character for each byte: its own where it is one, and otherwise the next from U+0100 on
 * (openai/gpt-2, src/encoder.py, bytes_to_unicode; 2026-11-22).
 */
function byteAlphabet(): string[] {
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    if (isPrintable(byte)) return String.fromCharCode(byte);
    next += 1;
    return String.fromCharCode(next - 1);
  });
}

interface CountedWord {
  readonly parts: string[];
  readonly count: number;
}

function countedWords(text: string, alphabet: readonly string[]): CountedWord[] {
  const counts = new Map<string, number>();
  for (const [word] of text.matchAll(words)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => ({
    parts: [...Buffer.from(word)].map((byte) => alphabet[byte] as string),
    count,
  }));
}

/** Of equally frequent pairs the first in the order of their characters: every run makes the same tokens. */
function mostFrequentPair(counted: readonly CountedWord[]): [string, string] | undefined {
  const counts = new Map<string, { readonly pair: [string, string]; count: number }>();
  for (const { parts, count } of counted) {
    for (let at = 1; at < parts.length; at += 1) {
      const pair: [string, string] = [parts[at - 1] as string, parts[at] as string];
      const found = counts.get(pair.join(" "));
      if (found) found.count += count;
      else counts.set(pair.join(" "), { pair, count });
    }
  }
  let best: { key: string; pair: [string, string]; count: number } | undefined;
  for (const [key, { pair, count }] of counts) {
    if (count < 2 || count < (best?.count ?? 0)) continue;
    if (!best || count > best.count || key < best.key) best = { key, pair, count };
  }
  return best?.pair;
}

function joinPair(parts: string[], [left, right]: [string, string]): void {
  for (let at = 0; at + 1 < parts.length; at += 1) {
    if (parts[at] === left && parts[at + 1] === right) parts.splice(at, 2, left + right);
  }
}

function tokenizerJson(vocabulary: readonly string[], merges: readonly [string, string][]): object {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      merges,
    },
  };
}

function tokenizerConfig(): object {
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    add_bos_token: false,
    add_eos_token: false,
    clean_up_tokenization_spaces: false,
    bos_token: null,
    eos_token: specialTokens[endToken as 0],
    pad_token: null,
    unk_token: null,
    additional_special_tokens: specialTokens.slice(1),
    chat_template: chatTemplate,
  };
}
