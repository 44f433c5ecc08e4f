/** Checkpoints in each form that the file backend writes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { hasStackState, readStackState } from "../../embedded/stack-state.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const text = '{"version":3}';

test.each([
  {
    case: "compressed with zstd",
    file: "local.json.zst",
    content: zstdCompressSync(text),
    has: true,
    want: text,
  },
  { case: "compressed with gzip", file: "local.json.gz", content: gzipSync(text), has: true, want: text },
  { case: "plain", file: "local.json", content: text, has: true, want: text },
  { case: "damaged", file: "local.json.zst", content: text, has: true, want: undefined },
  { case: "only a copy of the last", file: "local.json.bak", content: text, has: false, want: undefined },
  { case: "another stack's", file: "local-2.json", content: text, has: false, want: undefined },
])("a checkpoint that is $case", ({ file, content, has, want }) => {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, file), content);
  expect(hasStackState(folder, "local")).toBe(has);
  expect(readStackState(folder, "local")).toBe(want);
});
