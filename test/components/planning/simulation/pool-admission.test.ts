import { describe, expect, test } from "vitest";
import { PoolAdmission } from "../../../../components/planning/simulation/pool-admission.ts";
import { QueueSimulator } from "../../../../components/planning/simulation/queue-simulator.ts";
import { type SimulatedJob, Workload } from "../../../../components/planning/simulation/workload.ts";
import { makeJob, makeOptions, makeQueue } from "../../../support/simulated-jobs.ts";

const [pool] = makeOptions().pools;
if (!pool) throw new Error("no pool");

/** One cycle over jobs that all came before it; their order is that of the list. */
function cycle(
  jobs: readonly Partial<SimulatedJob>[],
  queues = [makeQueue({ borrowingLimit: 8 }), makeQueue({ team: "blue" })],
  change = {},
) {
  const admission = new PoolAdmission(pool as NonNullable<typeof pool>, queues, makeOptions(change));
  for (const [order, job] of jobs.entries()) {
    admission.queueOf(job.team ?? "red")?.add(new Workload(makeJob(job), order));
  }
  const { admitted, hasChanged } = admission.cycle();
  return { admitted: admitted.map(({ job }) => job.name), hasChanged };
}

describe("a cycle looks at the head of each queue", () => {
  const a = { name: "a" };
  const b = { name: "b", team: "blue" };

  test("and admits what fits, first come, first served", () => {
    expect(cycle([b, a, { name: "c" }])).toEqual({ admitted: ["b", "a"], hasChanged: true });
  });

  test("those with a higher priority before older ones", () => {
    const jobs = [b, { ...a, priority: 1000 }];
    expect(cycle(jobs).admitted).toEqual(["a", "b"]);
  });

  test("those inside their own quota before those that borrow, whatever their priority", () => {
    const jobs = [
      { ...a, nodes: 3, priority: 1000 },
      { ...b, nodes: 2 },
    ];
    expect(cycle(jobs).admitted).toEqual(["b"]);
  });

  test("under fair sharing, the smaller share after admission first", () => {
    const queues = [
      makeQueue({ accelerators: 0, borrowingLimit: 32 }),
      makeQueue({ team: "blue", accelerators: 0, borrowingLimit: 32, fairSharingWeight: 2 }),
      makeQueue({ team: "gold", accelerators: 32 }),
    ];
    expect(cycle([a, b], queues).admitted).toEqual(["a", "b"]);
    expect(cycle([a, b], queues, { fairSharing: true }).admitted).toEqual(["b", "a"]);
  });

  test("nothing is left to do when nobody waits", () => {
    expect(cycle([])).toEqual({ admitted: [], hasChanged: false });
  });

  test("a refusal is a change, since the next of the queue may fit", () => {
    expect(cycle([{ nodes: 4 }])).toEqual({ admitted: [], hasChanged: true });
  });

  test("two that want the same node get two nodes", () => {
    const queues = [makeQueue(), makeQueue({ team: "blue" })];
    expect(cycle([a, b], queues).admitted).toEqual(["a", "b"]);
  });
});

/** Blue's share is the larger until its victims are gone, and then the smaller: its job comes back first. */
function afterPreemption(prioritizePreemptors: boolean) {
  const simulator = new QueueSimulator(
    makeOptions({
      queues: [
        makeQueue({ accelerators: 0, borrowingLimit: 9, fairSharingWeight: 2 }),
        makeQueue({ team: "blue", accelerators: 0, borrowingLimit: 9 }),
        makeQueue({ team: "gold", accelerators: 9 }),
      ],
      fairSharing: true,
      nodes: false,
      prioritizePreemptors,
      terminationSeconds: 30,
    }),
  );
  const blue = [2, 1, 2].map((size, index) => {
    const job = makeJob({ name: `blue-${index}`, team: "blue", acceleratorsPerNode: size });
    const workload = simulator.submit(job);
    simulator.settle();
    return workload;
  });
  const red = simulator.submit(makeJob({ name: "red", acceleratorsPerNode: 7 }));
  const { leaving } = simulator.settle();
  simulator.advance(30);
  for (const workload of leaving) simulator.remove(workload);
  simulator.settle();
  return { leaving: leaving.map(({ job }) => job.name), states: [...blue, red].map((found) => found?.state) };
}

test("a victim that comes back takes the place that was made for another (kueue#13662)", () => {
  expect(afterPreemption(false)).toEqual({
    leaving: ["blue-1", "blue-2"],
    states: ["running", "running", "running", "waiting"],
  });
});

test("going first, it runs, and its victim takes it back by the same rule (kueue#14543)", () => {
  expect(afterPreemption(true)).toEqual({
    leaving: ["blue-1", "blue-2"],
    states: ["running", "waiting", "waiting", "leaving"],
  });
});
