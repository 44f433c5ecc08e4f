import { expect, test } from "vitest";
import { CohortLedger } from "../../../../components/planning/simulation/quota-ledger.ts";
import { type SimulatedJob, Workload } from "../../../../components/planning/simulation/workload.ts";
import { WorkloadQueue } from "../../../../components/planning/simulation/workload-queue.ts";
import { makeJob, makeQueue } from "../../../support/simulated-jobs.ts";

/** A queue in which these wait, in the order of their submission. */
function waiting(...changes: readonly Partial<SimulatedJob>[]) {
  const queue = new WorkloadQueue(makeQueue(), new CohortLedger());
  const workloads = changes.map((change, order) => new Workload(makeJob(change), order));
  for (const workload of workloads) queue.add(workload);
  return { queue, workloads, head: () => queue.head()?.job.name };
}

test("the highest priority is at the head, then the oldest", () => {
  const { queue, workloads, head } = waiting(
    { name: "low", priority: 100 },
    { name: "old" },
    { name: "new" },
    { name: "large", nodes: 4 },
  );
  expect(head()).toBe("old");
  for (const name of ["old", "new", "large", "low", undefined]) {
    expect(head()).toBe(name);
    const workload = workloads.find(({ job }) => job.name === name);
    if (workload) queue.admit(workload);
  }
  expect([queue.waitingCount, queue.running.size, queue.ledger.usage]).toEqual([0, 4, 56]);
});

test("one refused job stands for all of its shape, until something is given back", () => {
  const { queue, workloads, head } = waiting(
    { name: "a" },
    { name: "b" },
    { name: "small", acceleratorsPerNode: 1 },
  );
  const [a] = workloads;
  if (a) queue.refuse(a);
  expect(head()).toBe("small");
  queue.reconsider();
  expect(head()).toBe("a");
});

test("a job that waits for its victims stays at the head, whatever comes", () => {
  const { queue, workloads, head } = waiting({ name: "a" }, { name: "preemptor" });
  const preemptor = workloads[1];
  if (preemptor) queue.stay(preemptor);
  queue.add(new Workload(makeJob({ name: "urgent", priority: 1000 }), 2));
  expect(head()).toBe("preemptor");
  if (preemptor) queue.admit(preemptor);
  expect([head(), preemptor && queue.isPreemptor(preemptor)]).toEqual(["urgent", false]);
});

test("a preempted job returns to the place of its age", () => {
  const { queue, workloads, head } = waiting({ name: "a" }, { name: "b" }, { name: "c" });
  const [a] = workloads;
  if (!a) throw new Error("no workload");
  queue.admit(a);
  queue.release(a);
  queue.add(a);
  expect([head(), queue.waitingCount, queue.ledger.usage]).toEqual(["a", 3, 0]);
});
