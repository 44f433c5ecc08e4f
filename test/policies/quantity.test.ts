import { expect, test } from "vitest";
import { formatQuantity, parseQuantity } from "../../policies/quantity.ts";

const unit = 10n ** 9n;

test.each([
  { quantity: 8, want: 8n * unit },
  { quantity: 0.5, want: unit / 2n },
  { quantity: 1e21, want: 10n ** 21n * unit },
  { quantity: "0", want: 0n },
  { quantity: "100m", want: unit / 10n },
  { quantity: "0.1", want: unit / 10n },
  { quantity: ".5", want: unit / 2n },
  { quantity: "2.", want: 2n * unit },
  { quantity: "1.5Gi", want: 1_610_612_736n * unit },
  { quantity: "1k", want: 1000n * unit },
  { quantity: "1Ki", want: 1024n * unit },
  { quantity: "3E", want: 3n * 10n ** 18n * unit },
  { quantity: "1e3", want: 1000n * unit },
  { quantity: "15E-1", want: (3n * unit) / 2n },
  { quantity: "-2", want: -2n * unit },
  { quantity: "+2", want: 2n * unit },
  { quantity: "7u", want: 7000n },
  { quantity: "1n", want: 1n },
  { quantity: "0.1n", want: 1n },
  { quantity: "", want: undefined },
  { quantity: ".", want: undefined },
  { quantity: "Gi", want: undefined },
  { quantity: "8 GiB", want: undefined },
  { quantity: "1K", want: undefined },
  { quantity: "1e999", want: undefined },
])("parses $quantity", ({ quantity, want }) => {
  expect(parseQuantity(quantity)).toBe(want);
});

test.each([
  { amount: 0n, want: "0" },
  { amount: 32n * unit, want: "32" },
  { amount: unit / 10n, want: "100m" },
  { amount: 1_610_612_736n * unit, want: "1536Mi" },
  { amount: 2n ** 41n * unit, want: "2Ti" },
  { amount: 1n, want: "1n" },
])("writes $want", ({ amount, want }) => {
  expect(formatQuantity(amount)).toBe(want);
  expect(parseQuantity(want)).toBe(amount);
});
