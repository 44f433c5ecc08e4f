import { expect, test } from "vitest";
import { libraryParts } from "../../../runtime/text/library-parts.ts";

test("parts of the library, each by itself", () => {
  const model = { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: [["a", "b"]] };
  expect(libraryParts({ model }).model(["abb"])).toEqual(["ab", "b"]);
  expect(libraryParts({ normalizer: { type: "NFC" } }).normalizer?.("e\u{301}")).toBe("é");
  const split = { type: "Split", pattern: { Regex: "[0-9]" }, behavior: "Isolated", invert: true };
  expect(libraryParts({ pre_tokenizer: split }).pre_tokenizer?.pattern?.test("7")).toBe(true);
  expect(libraryParts({}).post_processor).toBe(null);
});

test("its own words for what it does not know", () => {
  expect(() => libraryParts({ normalizer: { type: "Other" } })).toThrow("Unknown Normalizer type: Other");
});
