import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FoundRows } from "../../../../bench/support/runtime-cuda/found-rows.ts";
import { temporaryDirectory } from "../../../support/temporary-directory.ts";

test("after each row the file is whole, and a row takes the place of the one before", () => {
  const file = join(temporaryDirectory(), "results", "run.json");
  const lines: string[] = [];
  const rows = new FoundRows({ head: { commit: "abc" }, file, tell: (line) => lines.push(line) });
  const written = () => JSON.parse(readFileSync(file, "utf8"));
  expect(written()).toEqual({ commit: "abc", isWhole: false, rows: [] });
  rows.add({ what: "norm", milliseconds: 2 });
  rows.describe({ notes: ["cold"] });
  rows.add({ what: "product", milliseconds: 3 });
  rows.add({ what: "norm", milliseconds: 2, torch: 4 });
  const wanted = [
    { what: "norm", milliseconds: 2, torch: 4 },
    { what: "product", milliseconds: 3 },
  ];
  expect(rows.rows).toEqual(wanted);
  expect(written()).toEqual({ commit: "abc", isWhole: false, notes: ["cold"], rows: wanted });
  rows.describe({ isWhole: true });
  expect(written()).toMatchObject({ isWhole: true, rows: wanted });
  expect(lines).toEqual([
    '{"what":"norm","milliseconds":2}',
    '{"what":"product","milliseconds":3}',
    '{"what":"norm","milliseconds":2,"torch":4}',
  ]);
});

test("without a file rows are told alone", () => {
  const rows = new FoundRows({ head: {}, file: undefined, tell: () => undefined });
  rows.add({ what: "norm" });
  expect(rows.rows).toEqual([{ what: "norm" }]);
});
