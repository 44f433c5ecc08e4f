import { expect, test } from "vitest";
import { table } from "../../stacks/table.ts";

test("columns are as wide as their widest cell, and no line ends in spaces", () => {
  const rows = [
    { pool: "h100", nodes: "4" },
    { pool: "l40s-inference", nodes: "" },
  ];
  expect(table(rows)).toBe("  pool            nodes\n  h100            4\n  l40s-inference");
});
