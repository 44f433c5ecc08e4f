/** A Llama of made-up weights and any size, with a tokenizer that knows all of its tokens. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { llamaConfig, type TinyShape, tensorShapes } from "../../../runtime/tiny/shape.ts";
import { makeTokenizer } from "../../../runtime/tiny/tokenizer-maker.ts";
import { kindOf, writePatternSafetensors } from "../pattern-weights.ts";
import type { ModelShape } from "./floors.ts";

/** Longer ones are only measured, and made-up weights give no meaning to any. */
const contextTokens = 65_536;

/** config.json, model.safetensors in bf16 and tokenizer.json; the head is a matrix of its own. */
export function writeModelFiles(directory: string, shape: ModelShape): void {
  const tiny: TinyShape = {
    vocabulary: shape.vocabularySize,
    width: shape.hidden,
    feedForward: shape.intermediate,
    layers: shape.layers,
    heads: shape.heads,
    keyHeads: shape.kvHeads,
    headWidth: shape.headDim,
    contextTokens,
    ropeTheta: 500_000,
    normEpsilon: 1e-5,
  };
  mkdirSync(directory, { recursive: true });
  const config = { ...llamaConfig(tiny, 0), tie_word_embeddings: false };
  writeFileSync(join(directory, "config.json"), JSON.stringify(config));
  const head = { name: "lm_head.weight", shape: [shape.vocabularySize, shape.hidden] };
  const tensors = [...tensorShapes(tiny), head];
  writePatternSafetensors(
    join(directory, "model.safetensors"),
    tensors.map(({ name, shape: size }) => ({ name, shape: size, kind: kindOf(name, size) })),
  );
  for (const [name, text] of Object.entries(tokenizerOf(shape.vocabularySize))) {
    writeFileSync(join(directory, name), text);
  }
}

/** Bytes as tokens, and then names that no text has. */
function tokenizerOf(vocabulary: number): Readonly<Record<string, string>> {
  const made = makeTokenizer("", vocabulary);
  const tokenizer = JSON.parse(made["tokenizer.json"]) as { model: { vocab: Record<string, number> } };
  const { vocab } = tokenizer.model;
  for (let token = Object.keys(vocab).length; token < vocabulary; token += 1) vocab[`token${token}`] = token;
  return { ...made, "tokenizer.json": JSON.stringify(tokenizer) };
}
