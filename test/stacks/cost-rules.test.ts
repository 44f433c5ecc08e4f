import { expect, test } from "vitest";
import { makeStack } from "../support/builders.ts";
import { makeAwsStack } from "../support/cloud/aws-stack.ts";
import { makeGcpStack } from "../support/gcp-stack.ts";
import { message, refusal } from "../support/refusals.ts";

const billing = { billingAccount: "012345-6789AB-CDEF01" };
const prices = [
  { pool: "h100", usdPerHour: 35 },
  { pool: "l40s", usdPerHour: 10 },
];

/** The usual stack, whose machines have a price. */
function pricedStack() {
  return { ...makeStack(), prices };
}

test("prices are of pools that there are, each once", () => {
  const stray = [...prices, { pool: "h100", usdPerHour: 1 }, { pool: "b200", usdPerHour: 1 }];
  expect(refusal({ ...makeStack(), prices: stray })).toBe(
    message(
      [
        ["prices", 2, "pool"],
        '"h100", which entry 0 already has',
        "each name once",
        "rename one of the two, or merge them",
      ],
      [["prices", 3, "pool"], '"b200"', "one of h100, l40s", "declare b200, or name one that is declared"],
    ),
  );
});

test("a team's budget holds its part of each pool, at the stack's own prices", () => {
  const stack = pricedStack();
  const [research] = stack.teams;
  // 16 of 32 H100: half of 35 x 730 x 4.
  Object.assign(research ?? {}, { budgetUsdPerMonth: 51_100 });
  expect(refusal(stack)).toBe("accepted");
  Object.assign(research ?? {}, { budgetUsdPerMonth: 51_099 });
  expect(refusal(stack)).toBe(
    message([
      ["teams", 0, "budgetUsdPerMonth"],
      "51,100.00 USD a month of 730 hours for team research (h100 51,100.00 USD)",
      "at most 51,099.00 USD",
      "raise the budget by 1.00 USD, or take fewer or cheaper machines",
    ]),
  );
});

test("a budget on AWS holds all pools at their most", () => {
  const stack = makeAwsStack();
  // 4 of a block at 35 USD, and 8 on demand at 1.3232 USD.
  Object.assign(stack.aws.budget, { usdPerMonth: 109_927 });
  expect(refusal(stack)).toMatch(
    /aws\.budget\.usdPerMonth\n {4}given {4}109,927\.49 USD a month .* \(h100 102,200/,
  );
  Object.assign(stack.aws.budget, { usdPerMonth: 109_928 });
  expect(refusal(stack)).toBe("accepted");
});

test("a budget on AWS needs to know what a capacity block costs", () => {
  expect(refusal({ ...makeAwsStack(), prices: [] })).toMatch(
    /nobody can tell what h100 costs: no price for p5\.48xlarge, capacity-block in us-east-1/,
  );
});

test("a budget on Google Cloud holds all pools at their most", () => {
  // 4 of 88.49 x 730, 4 of 1 x 730 and 8 of 2 x 730.
  const own = [
    { pool: "h100", usdPerHour: 88.49 },
    { pool: "l4", usdPerHour: 1 },
    { pool: "tpu", usdPerHour: 2 },
  ];
  const stack = (usdPerMonth: number) => ({
    ...makeGcpStack(),
    prices: own,
    budget: { ...billing, usdPerMonth },
  });
  expect(refusal(stack(272_991))).toBe("accepted");
  expect(refusal(stack(272_990))).toMatch(
    /budget\.usdPerMonth\n {4}given {4}272,990\.80 USD a month .*\n {4}allowed {2}at most 272,990\.00 USD/,
  );
});
