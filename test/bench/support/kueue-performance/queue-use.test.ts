/** What a queue told holds until it tells something else. */
import { expect, test } from "vitest";
import { type ClusterQueueState, QueueUse } from "../../../../bench/support/kueue-performance/queue-use.ts";

const state = (name: string, total?: string): ClusterQueueState => ({
  metadata: { name },
  ...(total && { status: { flavorsUsage: [{ resources: [{ name: "cpu", total }] }] } }),
});

test("core-milliseconds of all queues over those of their quotas, from the first to the last word", () => {
  const use = new QueueUse();
  use.see(state("a"), 1_000);
  use.see(state("a", "10"), 2_000);
  use.see(state("b", "500m"), 2_000);
  use.see(state("a", "0"), 4_000);
  use.see(state("b", "0"), 5_000);
  // 10 cores for 2 s and half a core for 3 s, of 20 cores for 4 s.
  expect(use.percentOf(20)).toBe((21_500 * 100) / (20 * 4_000));
});

test("of thousands, and of queues that have told but once", () => {
  const use = new QueueUse();
  use.see(state("a", "2k"), 0);
  expect(use.percentOf(2_000)).toBe(0);
  use.see(state("a", "2k"), 10);
  expect(use.percentOf(2_000)).toBe(100);
});
