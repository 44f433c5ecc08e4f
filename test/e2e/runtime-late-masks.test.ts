/** Who waits for masks that are late, and for how long together. */
import { expect, test } from "vitest";
import { EngineCore } from "../../runtime/engine/engine-core.ts";
import type { GrammarMatcher } from "../../runtime/engine/grammar-matcher.ts";
import { FakeDevice } from "../support/runtime/fake-device.ts";
import { Listener, requestOf } from "../support/runtime/requests.ts";
import { wholeStep } from "../support/runtime/whole-step.ts";

test("a step waits a millisecond for all late masks together, and not for who is held", () => {
  const core = new EngineCore({ device: new FakeDevice(), waiting: 9, spareFraction: 0, preemptions: 9 });
  const asked: number[][] = [];
  let isReady = true;
  const generations = [0, 1, 2, 3].map((index) => {
    const matcher: GrammarMatcher = {
      fillMask: (mask, offset) => void mask.fill(-1, offset, offset + 2),
      accept: () => true,
      isDone: false,
      get isReady() {
        return isReady;
      },
      wait: (milliseconds) => {
        asked.push([index, milliseconds]);
        return 0.5;
      },
      dispose: () => undefined,
    };
    return core.submit(requestOf([index]), new Listener(), matcher).generation;
  });
  wholeStep(core);
  isReady = false;
  generations[1]?.hold(true);
  wholeStep(core);
  expect(asked).toEqual([
    [0, 1],
    [2, 0.5],
  ]);
});
