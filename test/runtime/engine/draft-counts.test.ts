import { expect, test } from "vitest";
import { DraftCounts } from "../../../runtime/engine/draft-counts.ts";

test("drafts are counted all together and by place", () => {
  const counts = new DraftCounts();
  expect(counts.totals()).toEqual({ drafts: 0, draftTokens: 0, acceptedTokens: 0, acceptedByPlace: [] });
  counts.add(2, 2);
  counts.add(3, 1);
  counts.add(1, 0);
  counts.add(2, -1);
  expect(counts.totals()).toEqual({
    drafts: 4,
    draftTokens: 8,
    acceptedTokens: 3,
    acceptedByPlace: [2, 1, 0],
  });
});
