import { expect, test } from "vitest";
import { gcpPrices } from "../../../components/catalogue/gcp-prices.ts";
import { isKnown } from "../../../components/catalogue/unknown.ts";

test.each([
  { machine: "a3-highgpu-8g", region: "us-central1", capacity: "spot", usd: 53.09362455, date: "2026-08-20" },
  {
    machine: "a3-megagpu-8g",
    region: "us-east4",
    capacity: "on-demand",
    usd: 92.93758815,
    date: "2026-08-20",
  },
  { machine: "g4-standard-48", region: "us-west4", capacity: "on-demand", usd: 4.949923, date: "2026-08-20" },
  {
    machine: "a2-highgpu-1g",
    region: "us-central1",
    capacity: "on-demand",
    usd: 3.673385,
    date: "2025-03-06",
  },
] as const)("$machine, $capacity in $region", ({ machine, region, capacity, usd, date }) => {
  const prices = gcpPrices[machine];
  if (!isKnown(prices)) throw new Error("a price is known");
  expect(prices.find((price) => price.capacity === capacity)).toMatchObject({
    region,
    usdPerHour: usd,
    date,
  });
});

test("reserved capacity is cheaper the longer, and spot cheaper than on demand", () => {
  for (const prices of Object.values(gcpPrices)) {
    if (!isKnown(prices)) continue;
    const usd = Object.fromEntries(prices.map(({ capacity, usdPerHour }) => [capacity, usdPerHour]));
    const full = usd["on-demand"] ?? 0;
    expect(usd.spot ?? 0).toBeLessThan(full);
    expect(usd["reserved-1y"] ?? 0).toBeLessThan(full);
    expect(usd["reserved-3y"] ?? 0).toBeLessThanOrEqual(usd["reserved-1y"] ?? 0);
  }
});

test("a price without a date is no price", () => {
  expect(gcpPrices["ct5lp-hightpu-4t"]).toEqual({
    unknown: "found without a date alone, in a catalogue whose prices of GPUs are wrong",
  });
});
