import { expect, test } from "vitest";
import { repairServices } from "../../../components/catalogue/node-repair.ts";

test("each service takes a label for either repair, with its source", () => {
  for (const { labels, source, scope, date } of Object.values(repairServices)) {
    for (const repair of [labels.reset, labels.replace]) expect(Object.keys(repair)).toHaveLength(1);
    expect(Object.keys(labels.reset)).toEqual(Object.keys(labels.replace));
    expect(`${scope} ${source}`.length).toBeGreaterThan(40);
    expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  }
});
