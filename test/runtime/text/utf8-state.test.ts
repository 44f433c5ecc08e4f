import { expect, test } from "vitest";
import { seededRandom } from "../../../components/planning/random.ts";
import { betweenCharacters, notUtf8, utf8StateAfter } from "../../../runtime/text/utf8-state.ts";

const isWhole = (bytes: Uint8Array) => {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
};

test("between characters is where a strict decoder says that all are whole", () => {
  const random = seededRandom(9);
  // Where one kind of sequence ends and another begins.
  const edges = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec];
  const all = [...edges, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff];
  let whole = 0;
  for (let turn = 0; turn < 50_000; turn += 1) {
    const bytes = Uint8Array.from({ length: 1 + random.below(4) }, () => all[random.below(all.length)] ?? 0);
    const state = utf8StateAfter(betweenCharacters, bytes);
    expect(state === betweenCharacters).toBe(isWhole(bytes));
    if (state === betweenCharacters) whole += 1;
  }
  expect(whole).toBeGreaterThan(1500);
});

test("a beginning that can be completed is no mistake", () => {
  const state = utf8StateAfter(betweenCharacters, Uint8Array.of(0xf0, 0x9f));
  expect(state).toBeGreaterThan(0);
  expect(utf8StateAfter(state, Uint8Array.of(0x99, 0x82))).toBe(betweenCharacters);
  expect(utf8StateAfter(state, Uint8Array.of(0x41))).toBe(notUtf8);
});
