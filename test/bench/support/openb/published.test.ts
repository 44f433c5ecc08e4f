import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publishedFigures } from "../../../../bench/support/openb/published.ts";
import { temporaryDirectory } from "../../../support/temporary-directory.ts";

test("means over the seeds of a policy, of one list", () => {
  const folder = temporaryDirectory();
  const rows = (first: string, second: string) =>
    [
      "workload,sc_policy,seed,129,130",
      `mine,06-FGD,42,1,${first}`,
      `mine,06-FGD,43,1,${second}`,
      "other,06-FGD,42,1,7",
    ].join("\n");
  writeFileSync(join(folder, "analysis_allo_discrete.csv"), rows("95.0", "96.0"));
  writeFileSync(join(folder, "analysis_frag_discrete.csv"), rows("4.0", "5.0"));
  expect([...publishedFigures(folder, "mine")]).toEqual([
    ["06-FGD", { allocationPercent: 95.5, fragmentPercent: 4.5 }],
  ]);
});

test("nothing is published where there are no tables", () => {
  expect(publishedFigures(temporaryDirectory(), "mine").size).toBe(0);
});
