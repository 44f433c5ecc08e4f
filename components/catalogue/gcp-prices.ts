/** What Compute Engine machines cost by the hour. */
import type { GcpMachineId } from "./gcp-machines.ts";
import { type CapacityType, hoursPerMonth, type Price } from "./price.ts";
import { type Known, unknown } from "./unknown.ts";

const calculator =
  "Cyclenerd/google-cloud-pricing-cost-calculator pricing.yml, from the Cloud Billing catalogue";
const notFound = unknown("no price found that is public and whole");
const noDate = unknown("found without a date alone, in a catalogue whose prices of GPUs are wrong");

/** Spot prices move every month; those of March 2025 are too old to plan with. */
function priced(commit: string, date: string) {
  return (region: string, usd: Readonly<Partial<Record<CapacityType, number>>>): readonly Price[] =>
    Object.entries(usd).map(([capacity, usdPerHour]) => ({
      capacity: capacity as CapacityType,
      region,
      usdPerHour,
      source: `${calculator} @${commit}`,
      date,
    }));
}
const august2026 = priced("dac3128", "2026-08-20");
/** The source tells of reserved machines, whose use is committed to, by the month. */
const march2025 = priced("0166a59", "2025-03-06");

export const gcpPrices: { readonly [Id in GcpMachineId]: Known<readonly Price[]> } = {
  "a2-highgpu-1g": march2025("us-central1", {
    "on-demand": 3.673385,
    "reserved-1y": 1689.3711392 / hoursPerMonth,
    "reserved-3y": 938.56707798 / hoursPerMonth,
  }),
  "a2-highgpu-2g": march2025("us-central1", {
    "on-demand": 7.34677,
    "reserved-1y": 3378.7422784 / hoursPerMonth,
    "reserved-3y": 1877.13415596 / hoursPerMonth,
  }),
  "a2-highgpu-4g": notFound,
  "a2-highgpu-8g": notFound,
  "a2-megagpu-16g": august2026("us-central1", { "on-demand": 55.739504, spot: 32.18096 }),
  "a2-ultragpu-1g": august2026("us-central1", { "on-demand": 5.06879789, spot: 2.92787753 }),
  "a2-ultragpu-2g": august2026("us-central1", { "on-demand": 10.13759578, spot: 5.85575507 }),
  "a2-ultragpu-4g": notFound,
  "a2-ultragpu-8g": notFound,
  "g2-standard-4": august2026("us-central1", { "on-demand": 0.706832255, spot: 0.423956 }),
  "g2-standard-8": notFound,
  "g2-standard-12": notFound,
  "g2-standard-16": notFound,
  "g2-standard-32": august2026("us-central1", { "on-demand": 1.734376367, spot: 1.040348 }),
  "g2-standard-24": notFound,
  "g2-standard-48": notFound,
  "g2-standard-96": notFound,
  "g4-standard-6": august2026("us-central1", { "on-demand": 0.55955625, spot: 0.2051685 }),
  "g4-standard-12": notFound,
  "g4-standard-24": notFound,
  "g4-standard-48": august2026("us-west4", { "on-demand": 4.949923, spot: 1.95314 }),
  "g4-standard-96": august2026("us-central1", { "on-demand": 8.99986, spot: 3.2988 }),
  "g4-standard-192": notFound,
  "g4-standard-384": notFound,
  "a3-highgpu-1g": notFound,
  "a3-highgpu-2g": march2025("us-central1", { "on-demand": 22.12249998 }),
  "a3-highgpu-4g": march2025("us-central1", { "on-demand": 44.24499995 }),
  "a3-highgpu-8g": august2026("us-central1", { "on-demand": 88.4899999, spot: 53.09362455 }),
  "a3-megagpu-8g": august2026("us-east4", { "on-demand": 92.93758815, spot: 28.1338126 }),
  "a3-ultragpu-8g": notFound,
  "a4-highgpu-8g": notFound,
  "a4x-highgpu-4g": notFound,
  "a4x-maxgpu-4g-metal": notFound,
  "ct5lp-hightpu-1t": noDate,
  "ct5lp-hightpu-4t": noDate,
  "ct5lp-hightpu-8t": noDate,
  "ct5p-hightpu-4t": noDate,
  "ct6e-standard-1t": noDate,
  "ct6e-standard-4t": noDate,
  "ct6e-standard-8t": noDate,
  "tpu7x-standard-4t": notFound,
  "tpu7x-standard-1t": notFound,
};
