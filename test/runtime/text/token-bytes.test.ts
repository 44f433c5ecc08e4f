import { expect, test } from "vitest";
import { tokenBytesOf } from "../../../runtime/text/token-bytes.ts";
import type { DecoderStep } from "../../../runtime/text/tokenizer-file.ts";

const byteLevel: DecoderStep = { type: "ByteLevel" };
const replace: DecoderStep = { type: "Replace", pattern: { String: "▁" }, content: " " };
const fallback: DecoderStep = { type: "ByteFallback" };
const fuse: DecoderStep = { type: "Fuse" };
const strip: DecoderStep = { type: "Strip", content: " ", start: 1, stop: 0 };
const metaspace: DecoderStep = { type: "Metaspace", replacement: "▁" };

test.each([
  { case: "letters of bytes", steps: [byteLevel], token: "Ġé", bytes: [32, 0xe9] },
  { case: "a letter of none", steps: [byteLevel], token: "a b", bytes: [97, 32, 98] },
  { case: "a mark of space", steps: [replace, fallback, fuse], token: "▁é", bytes: [32, 0xc3, 0xa9] },
  { case: "a byte", steps: [replace, fallback, fuse], token: "<0x0A>", bytes: [10] },
  {
    case: "no byte in small letters",
    steps: [replace, fallback, fuse],
    token: "<0xab>",
    bytes: [...Buffer.from("<0xab>")],
  },
  { case: "no bytes at all", steps: [metaspace], token: "<0x0A>", bytes: [...Buffer.from("<0x0A>")] },
])("$case", ({ steps, token, bytes }) => {
  expect([...(tokenBytesOf(steps)?.of(token) ?? [])]).toEqual(bytes);
});

test.each([
  { steps: [byteLevel], drops: false },
  { steps: [replace, fallback, fuse], drops: false },
  { steps: [replace, fallback, fuse, strip], drops: true },
  { steps: [metaspace], drops: true },
  { steps: [], drops: undefined },
  { steps: [byteLevel, fuse], drops: undefined },
  { steps: [fuse, replace], drops: undefined },
  { steps: [replace, strip], drops: undefined },
])("known, and whether the first space is dropped: $drops", ({ steps, drops }) => {
  expect(tokenBytesOf(steps)?.dropsFirstSpace).toBe(drops);
});
