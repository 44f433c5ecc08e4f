import { expect, test } from "vitest";
import { optimalHits, replayedHits } from "../../../bench/support/prefix-replay.ts";

test.each([
  {
    case: "all has room",
    prompts: [
      [1, 2],
      [3, 4],
      [1, 2],
    ],
    blocks: 4,
    found: 2,
    most: 2,
  },
  {
    case: "what comes again was pushed out, unless one knew",
    prompts: [
      [1, 2],
      [3, 4],
      [1, 2],
    ],
    blocks: 2,
    found: 0,
    most: 1,
  },
  { case: "of one prompt the end goes first", prompts: [[1, 2], [3], [1, 2]], blocks: 2, found: 1, most: 1 },
  { case: "what was used last stays", prompts: [[1], [2], [1], [3], [1], [2]], blocks: 2, found: 2, most: 2 },
  {
    case: "a prompt longer than the pool",
    prompts: [
      [1, 2, 3],
      [1, 2, 3],
    ],
    blocks: 2,
    found: 2,
    most: 2,
  },
])("blocks found and most that could be: $case", ({ prompts, blocks, found, most }) => {
  expect([replayedHits(prompts, blocks), optimalHits(prompts, blocks)]).toEqual([found, most]);
});
