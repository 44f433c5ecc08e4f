import { expect, test } from "vitest";
import { ThoughtTokens } from "../../../runtime/server/thought-tokens.ts";
import { ContentReader } from "../../../runtime/server/tool-readers.ts";

test("tokens count as thoughts by where they begin, even when that is known later", () => {
  const counted = new ThoughtTokens();
  counted.push([0, 2, 4].map((offset) => ({ token: 1, offset })));
  counted.push([{ token: 1, offset: 6 }]);
  const ending = (thoughtCharacters: number) => Object.assign(new ContentReader(), { thoughtCharacters });
  expect([0, 1, 4, 5, 100].map((end) => counted.of(ending(end)))).toEqual([0, 1, 2, 3, 4]);
});
