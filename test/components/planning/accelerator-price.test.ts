import { expect, test } from "vitest";
import { acceleratorPrice } from "../../../components/planning/accelerator-price.ts";

test("the cheapest machine by the accelerator: 10.49264 for four L40S, not 3.00424 for one", () => {
  expect(acceleratorPrice("nvidia-l40s", "us-east-1", "on-demand")).toMatchObject({
    usdPerHour: 10.49264 / 4,
    machine: "g6e.12xlarge",
    price: { region: "us-east-1", capacity: "on-demand", date: "2026-07-20" },
  });
});

test("an accelerator that a machine has alone", () => {
  expect(acceleratorPrice("nvidia-h100-80gb-sxm", "us-east-1", "on-demand")).toMatchObject({
    usdPerHour: 6.88,
    machine: "p5.4xlarge",
  });
});

test("no price of another region is taken instead", () => {
  expect(acceleratorPrice("nvidia-h200-141gb-sxm", "nowhere", "spot")).toEqual({
    unknown: expect.stringMatching(
      /^no price for nvidia-h200-141gb-sxm, spot in nowhere; known: on-demand in /,
    ),
  });
});
