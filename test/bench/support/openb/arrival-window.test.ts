import { expect, test } from "vitest";
import { ArrivalWindow } from "../../../../bench/support/openb/arrival-window.ts";

test("means over the last whole percent of arrivals, nothing of what was before", () => {
  const window = new ArrivalWindow(100_000, 130_000);
  window.after(129_000, 1000, () => 9000);
  // 129.6 % and 130 % are both 130.
  window.after(600, 90_000, () => 4000);
  window.after(400, 92_000, () => 2000);
  expect(window.figures).toEqual({ arrivedPercent: 130, allocationPercent: 91, fragmentPercent: 3 });
});
