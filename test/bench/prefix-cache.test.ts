import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { readPrompts, usualTrace } from "../../bench/prefix-cache.ts";
import { replayedHits } from "../../bench/support/prefix-replay.ts";

test.skipIf(!existsSync(usualTrace))(
  "of Mooncake's conversations (needs ../shared/data) a large pool finds within 1 point of 36.6 %",
  () => {
    const prompts = readPrompts(usualTrace);
    const blocks = prompts.reduce((sum, prompt) => sum + prompt.length, 0);
    expect([blocks, replayedHits(prompts, 100_000)]).toEqual([288_500, 104_924]);
  },
);
