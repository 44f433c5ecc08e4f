import { expect, test } from "vitest";
import {
  CohortLedger,
  QueueLedger,
  type QueueQuotas,
} from "../../../../components/planning/simulation/quota-ledger.ts";

/** Ledgers of one cohort, each with what it holds already. */
function cohort(...queues: readonly (QueueQuotas & { readonly holds?: number })[]): QueueLedger[] {
  const shared = new CohortLedger();
  const ledgers = queues.map((queue) => new QueueLedger(queue, shared));
  for (const [index, { holds = 0 }] of queues.entries()) ledgers[index]?.change(holds);
  return ledgers;
}

const alone: QueueQuotas = { accelerators: 16, borrowingLimit: 0 };
const lender: QueueQuotas = { accelerators: 24, borrowingLimit: 0 };

test.each([
  { case: "its own quota", queues: [alone], want: [16, 16] },
  { case: "what is left of it", queues: [{ ...alone, holds: 10 }], want: [6, 16] },
  { case: "nothing of others without a borrowing limit", queues: [alone, lender], want: [16, 16] },
  {
    case: "as much of others as its limit",
    queues: [{ ...alone, borrowingLimit: 8 }, lender],
    want: [24, 24],
  },
  {
    case: "not more than others have left",
    queues: [
      { ...alone, borrowingLimit: 100 },
      { ...lender, holds: 20 },
    ],
    want: [20, 40],
  },
  {
    case: "nothing that others keep for themselves",
    queues: [
      { ...alone, borrowingLimit: 100 },
      { ...lender, lendingLimit: 4 },
    ],
    want: [20, 20],
  },
  {
    case: "its own reserve, even if the cohort has nothing left",
    queues: [
      { ...alone, lendingLimit: 10 },
      { ...lender, borrowingLimit: 100, holds: 34 },
    ],
    want: [6, 16],
  },
  {
    case: "nothing when the cohort is overdrawn",
    queues: [alone, { ...lender, borrowingLimit: 100, holds: 41 }],
    want: [0, 16],
  },
])("available now and at most: $case", ({ queues, want }) => {
  const [ledger] = cohort(...queues);
  expect([ledger?.available(), ledger?.ceiling()]).toEqual(want);
});

test("what is given back can be taken again, by whoever may", () => {
  const [red, blue] = cohort({ ...alone, borrowingLimit: 24 }, lender);
  red?.change(36);
  expect(blue?.available()).toBe(4);
  red?.change(-30);
  expect([red?.usage, red?.available(), blue?.available()]).toEqual([6, 34, 24]);
});

test("a queue borrows from the first accelerator beyond its quota", () => {
  const [ledger] = cohort({ ...alone, holds: 10 });
  expect([ledger?.borrowsWith(6), ledger?.borrowsWith(7)]).toEqual([false, true]);
  expect([ledger?.owns(16), ledger?.owns(17)]).toEqual([true, false]);
});

test.each([
  { case: "nothing borrowed", queue: { ...alone, holds: 16 }, want: 0 },
  { case: "borrowed by lent", queue: { ...alone, borrowingLimit: 24, holds: 24 }, want: 200 },
  {
    case: "half as much with twice the weight",
    queue: { ...alone, borrowingLimit: 24, holds: 24, fairSharingWeight: 2 },
    want: 100,
  },
])("share in thousandths: $case", ({ queue, want }) => {
  expect(cohort(queue, lender)[0]?.share()).toBe(want);
});
