/** A model that draws any token that a grammar lets through, and hurries to the end after a while. */
import type { Random } from "../../../components/planning/random.ts";
import type { GrammarMatcher } from "../../../runtime/engine/grammar-matcher.ts";
import type { Tokenizer } from "../../../runtime/text/tokenizer.ts";

export function allowedTokens(matcher: Pick<GrammarMatcher, "fillMask">, size: number): number[] {
  const mask = new Int32Array(Math.ceil(size / 32));
  matcher.fillMask(mask, 0);
  const isAllowed = (token: number) => (((mask[token >> 5] ?? 0) >>> (token & 31)) & 1) === 1;
  return Array.from({ length: size }, (_, token) => token).filter(isAllowed);
}

/** Undefined if it does not end within so many tokens. */
export function randomWalk(
  matcher: Pick<GrammarMatcher, "fillMask" | "accept" | "isDone">,
  tokenizer: Tokenizer,
  random: Random,
  { freely = 30, most = 2000 } = {},
): string | undefined {
  const tokens: number[] = [];
  while (tokens.length < most) {
    const allowed = allowedTokens(matcher, tokenizer.vocabularySize);
    const isHurried = tokens.length >= freely;
    const token = isHurried ? closing(allowed, tokenizer, random) : allowed[random.below(allowed.length)];
    if (token === undefined || !matcher.accept(token)) throw new Error(`a token that may not come: ${token}`);
    if (matcher.isDone) return tokenizer.decode(tokens, { continues: true });
    tokens.push(token);
  }
  return undefined;
}

const textsOf = new WeakMap<Tokenizer, readonly string[]>();

/** What each token of a vocabulary says by itself: a walk asks at every step. */
function tokenTexts(tokenizer: Tokenizer): readonly string[] {
  let texts = textsOf.get(tokenizer);
  if (!texts) {
    const tokens = Array.from({ length: tokenizer.vocabularySize }, (_, token) => token);
    texts = tokens.map((token) => tokenizer.decode([token], { continues: true }));
    textsOf.set(tokenizer, texts);
  }
  return texts;
}

function closing(allowed: readonly number[], tokenizer: Tokenizer, random: Random): number | undefined {
  const texts = tokenTexts(tokenizer);
  const solid = allowed.filter((token) => texts[token]?.trim() !== "");
  const closers = solid.filter((token) => ['"', "}", "]"].includes(texts[token] ?? ""));
  const among = closers.length > 0 && random.below(8) > 0 ? closers : solid.length > 0 ? solid : allowed;
  return among[random.below(among.length)];
}
