import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readTokenizerConfig, readTokenizerJson } from "../../../runtime/text/tokenizer-file.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const model = { type: "BPE", vocab: { a: 0 }, merges: [] };

function directoryWith(tokenizer: object, config: object): string {
  const directory = join(temporaryDirectory(), "model");
  mkdirSync(directory);
  writeFileSync(join(directory, "tokenizer.json"), JSON.stringify(tokenizer));
  writeFileSync(join(directory, "tokenizer_config.json"), JSON.stringify(config));
  return directory;
}

test("what a file may leave out", () => {
  const directory = directoryWith({ model, version: "1.0" }, {});
  expect(readTokenizerJson(directory)).toEqual({
    added_tokens: [],
    decoder: [],
    pre_tokenizer: [],
    model: { ...model, fuse_unk: false, byte_fallback: false, ignore_merges: false },
  });
  expect(readTokenizerConfig(directory)).toEqual({});
});

test("one step is a sequence of one", () => {
  const step = { type: "Digits", individual_digits: true };
  const alone = readTokenizerJson(
    directoryWith({ model, pre_tokenizer: step, decoder: { type: "Fuse" } }, {}),
  );
  const sequence = { type: "Sequence", pretokenizers: [step] };
  const decoder = { type: "Sequence", decoders: [{ type: "Fuse" }] };
  const listed = readTokenizerJson(directoryWith({ model, pre_tokenizer: sequence, decoder }, {}));
  expect([alone.pre_tokenizer, alone.decoder]).toEqual([[step], [{ type: "Fuse" }]]);
  expect(listed).toEqual(alone);
});

test("a named token is a text, or an object with one", () => {
  const config = { bos_token: { content: "<s>", special: true }, eos_token: "</s>", unk_token: null };
  expect(readTokenizerConfig(directoryWith({ model }, config))).toEqual({
    bos_token: "<s>",
    eos_token: "</s>",
  });
});

test.each([
  {
    case: "a negative token",
    tokenizer: { model: { ...model, vocab: { a: -1 } } },
    want: "model.vocab.a: ",
  },
  {
    case: "a merge of three",
    tokenizer: { model: { ...model, merges: [["a", "b", "c"]] } },
    want: "model.merges.0: ",
  },
  {
    case: "the deepest of what a union says",
    tokenizer: { model, pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Other" }] } },
    want: "pre_tokenizer.pretokenizers.0.type: ",
  },
])("refused: $case", ({ tokenizer, want }) => {
  const directory = directoryWith(tokenizer, {});
  expect(() => readTokenizerJson(directory)).toThrow(`${join(directory, "tokenizer.json")}: ${want}`);
});
