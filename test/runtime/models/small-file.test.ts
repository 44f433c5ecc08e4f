import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ModelFileError } from "../../../runtime/models/model-file-error.ts";
import { readSmallFile } from "../../../runtime/models/small-file.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

test("a small file is read; none, a folder and a large one are refused by name", () => {
  const directory = temporaryDirectory();
  const file = join(directory, "a.json");
  expect(() => readSmallFile(file)).toThrow(new ModelFileError(file, "is no file"));
  writeFileSync(file, "text");
  expect(readSmallFile(file)).toBe("text");
  truncateSync(file, 4_194_305);
  const large = new ModelFileError(file, "has 4194305 bytes, of 4194304 at most");
  expect(() => readSmallFile(file)).toThrow(large);
  mkdirSync(join(directory, "b"));
  expect(() => readSmallFile(join(directory, "b"))).toThrow(/is no file/);
});
