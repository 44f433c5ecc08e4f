import { expect, test } from "vitest";
import { byteOfLetter, letterOfByte } from "../../../runtime/text/byte-letters.ts";

test("256 letters, each for one byte", () => {
  expect(byteOfLetter.size).toBe(256);
  for (const [byte, letter] of letterOfByte.entries()) expect(byteOfLetter.get(letter)).toBe(byte);
});

test.each([
  { byte: 0x00, letter: "Ā" },
  { byte: 0x0a, letter: "Ċ" },
  { byte: 0x20, letter: "Ġ" },
  { byte: 0x41, letter: "A" },
  { byte: 0x7f, letter: "ġ" },
  { byte: 0xa0, letter: "ł" },
  { byte: 0xad, letter: "Ń" },
  { byte: 0xff, letter: "ÿ" },
])("$byte is written $letter", ({ byte, letter }) => {
  expect(letterOfByte[byte]).toBe(letter);
});
