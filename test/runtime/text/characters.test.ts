import { expect, test } from "vitest";
import { Characters } from "../../../runtime/text/characters.ts";
import { betweenCharacters, notUtf8 } from "../../../runtime/text/utf8-state.ts";
import { allowedTokens } from "../../support/runtime/grammar-walk.ts";
import { tokenizerNamed } from "../../support/runtime/tokenizers.ts";

const tokenizer = tokenizerNamed("mistral");
/** More than the tokenizer knows: those have no bytes. */
const size = tokenizer.vocabularySize + 40;
const letter = tokenizer.tokenOf("a") ?? -1;
const characters = new Characters(tokenizer, size, [letter]);
const byte = (value: string) => tokenizer.tokenOf(`<0x${value}>`) ?? -1;

const tokensOf = (mask: Int32Array) =>
  allowedTokens({ fillMask: (to, offset) => to.set(mask, offset) }, size);
const all = Array.from({ length: size }, (_, token) => token);

test("a mask holds all tokens after which the text is UTF-8, and those that are no text", () => {
  const begun = characters.after(betweenCharacters, byte("C3"));
  expect(tokensOf(characters.maskAt(betweenCharacters))).toEqual(
    all.filter((token) => characters.after(betweenCharacters, token) !== notUtf8),
  );
  const goesOn = tokensOf(characters.maskAt(begun));
  expect(goesOn).toContain(byte("A9"));
  expect(goesOn).toContain(3);
  expect(goesOn).not.toContain(letter);
});

test("the mask of a text has neither special tokens nor those that end it, nor any without bytes", () => {
  const text = tokensOf(characters.textMaskAt(betweenCharacters));
  expect(all.filter((token) => !text.includes(token))).toEqual(
    all.filter(
      (token) =>
        token === letter ||
        tokenizer.isSpecial(token) ||
        tokenizer.bytesOf(token).length === 0 ||
        characters.after(betweenCharacters, token) === notUtf8,
    ),
  );
  expect([0, 3, letter, byte("A9"), size - 1].filter((token) => text.includes(token))).toEqual([]);
  const begun = characters.afterText(betweenCharacters, byte("C3"));
  const goesOn = tokensOf(characters.textMaskAt(begun));
  expect(goesOn).toContain(byte("A9"));
  expect(goesOn).not.toContain(3);
  expect(characters.afterText(begun, byte("A9"))).toBe(betweenCharacters);
});
