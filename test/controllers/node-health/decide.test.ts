import { expect, test } from "vitest";
import { type Action, decide, type World } from "../../../controllers/node-health/decide.ts";
import {
  at,
  makeNode,
  makePod,
  makeRecord,
  makeWorkload,
  makeWorld,
  offTheBus,
  overheated,
  settings,
  stampAt,
} from "../../support/health-world.ts";

/** An action in one line. */
function told(action: Action): string {
  if (action.kind === "mark") {
    return `mark ${action.node.name}: ${action.events.map(({ reason }) => reason).join(", ")}`;
  }
  const gone = "isGone" in action && action.isGone ? " of a node that is gone" : "";
  return `${action.kind} ${action.kind === "evict" ? action.pod.name : action.workload.name}${gone}`;
}

const ill = { conditions: [offTheBus] };
/** A node whose drain began at 60 s and stands in its taint. */
const draining = (name: string) =>
  makeNode(name, {
    ...ill,
    unschedulable: true,
    record: makeRecord(),
    taints: [{ key: "plinth.dev/unhealthy", value: "broken", effect: "NoSchedule" }],
  });
const waiting = (name: string, seconds = 0) =>
  makeNode(name, {
    ...ill,
    record: { severity: "broken", faults: ["x"], since: stampAt(0), drainWanted: stampAt(seconds) },
  });

interface Row {
  case: string;
  world: Partial<World>;
  seconds?: number;
  want: string[];
  wakeAt?: number;
}

test.each<Row>([
  { case: "all is well", world: {}, want: [] },
  {
    case: "a hot node gets no new pods, and keeps its own",
    world: { nodes: [makeNode("h100-0", { conditions: [overheated] }), makeNode("h100-1")] },
    want: ["mark h100-0: NodeUnhealthy"],
  },
  {
    case: "a broken node keeps its pods until its grace is over",
    world: { nodes: [makeNode("h100-0", ill), makeNode("h100-1")] },
    want: ["mark h100-0: NodeUnhealthy"],
    wakeAt: 130,
  },
  {
    case: "a drain begins with the taint, and with nothing else",
    world: { nodes: [waiting("h100-0"), makeNode("h100-1")] },
    want: ["mark h100-0: DrainStarted"],
    wakeAt: 670,
  },
  {
    case: "then the whole gang goes, once, and none of its pods by itself",
    world: {
      nodes: [draining("h100-0"), makeNode("h100-1")],
      pods: [
        makePod("pretrain-0", "h100-0"),
        makePod("pretrain-1", "h100-0"),
        makePod("pretrain-2", "h100-1"),
      ],
    },
    want: ["requeue job-pretrain"],
    wakeAt: 660,
  },
  {
    case: "a gang that is on its way is left alone",
    world: {
      nodes: [draining("h100-0"), makeNode("h100-1")],
      workloads: [makeWorkload({ isActive: false, requeuedFrom: "h100-0" })],
    },
    want: [],
    wakeAt: 660,
  },
  {
    case: "a gang that has let go may queue again",
    world: {
      nodes: [makeNode("h100-0")],
      pods: [],
      workloads: [makeWorkload({ isActive: false, requeuedFrom: "h100-9", holdsQuota: false })],
    },
    want: ["resume job-pretrain"],
  },
  {
    case: "a workload that its owner stopped is not started",
    world: {
      nodes: [makeNode("h100-0")],
      pods: [],
      workloads: [makeWorkload({ isActive: false, holdsQuota: false })],
    },
    want: [],
  },
  {
    case: "a pod outside of queues is evicted",
    world: {
      nodes: [draining("h100-0")],
      pods: [makePod("notebook", "h100-0", { workload: undefined })],
    },
    want: ["evict notebook"],
    wakeAt: 660,
  },
  {
    case: "so is what a finished or forgotten workload left",
    world: {
      nodes: [draining("h100-0")],
      pods: [makePod("left", "h100-0"), makePod("lost", "h100-0", { workload: "unknown" })],
      workloads: [makeWorkload({ isFinished: true })],
    },
    want: ["evict left", "evict lost"],
    wakeAt: 660,
  },
  {
    case: "an elastic gang that has grown leaves whole, though its pods name the first of its workloads",
    world: {
      nodes: [draining("h100-0"), makeNode("h100-1")],
      workloads: [
        makeWorkload({ isFinished: true }),
        makeWorkload({ name: "job-pretrain-2", firstName: "job-pretrain" }),
        makeWorkload({ name: "job-pretrain-3", firstName: "job-pretrain", holdsQuota: false }),
      ],
    },
    want: ["requeue job-pretrain-2"],
    wakeAt: 660,
  },
  {
    case: "a pod that is already going is waited for",
    world: {
      nodes: [draining("h100-0")],
      pods: [makePod("notebook", "h100-0", { workload: undefined, isTerminating: true })],
    },
    want: [],
    wakeAt: 660,
  },
  {
    case: "a namespace's pod is never taken for the gang of another",
    world: {
      nodes: [draining("h100-0")],
      pods: [makePod("pretrain-0", "h100-0", { namespace: "vision" })],
    },
    want: ["evict pretrain-0"],
    wakeAt: 660,
  },
  {
    case: "a node that is well again keeps what it has",
    world: {
      nodes: [{ ...draining("h100-0"), conditions: [], record: makeRecord({ healthy: stampAt(65) }) }],
      pods: [makePod("notebook", "h100-0", { workload: undefined })],
    },
    want: [],
    wakeAt: 365,
  },
  {
    case: "the last pod has left",
    world: { nodes: [draining("h100-0")], pods: [] },
    want: ["mark h100-0: Drained"],
    wakeAt: 660,
  },
  {
    case: "its pods had their time",
    world: { nodes: [draining("h100-0")], pods: [makePod("notebook", "h100-0", { workload: undefined })] },
    seconds: 660,
    want: ["mark h100-0: DrainOverdue", "evict notebook"],
  },
  {
    case: "one node of a pool at a time, the longest ill first",
    world: {
      nodes: [waiting("h100-0", 5), waiting("h100-1", 1), waiting("h100-2", 3)],
      pods: [],
    },
    want: ["mark h100-1: DrainStarted", "mark h100-2: DrainDeferred", "mark h100-0: DrainDeferred"],
    wakeAt: 670,
  },
  {
    case: "a node that is being drained takes the place, also while it recovers",
    world: {
      nodes: [
        { ...draining("h100-0"), conditions: [], record: makeRecord({ healthy: stampAt(65) }) },
        waiting("h100-1"),
      ],
      pods: [],
    },
    want: ["mark h100-1: DrainDeferred"],
    wakeAt: 365,
  },
  {
    case: "each pool has places of its own",
    world: {
      nodes: [draining("h100-0"), { ...waiting("l40s-0"), pool: "l40s" }],
      pods: [makePod("p", "h100-0")],
    },
    want: ["mark l40s-0: DrainStarted", "requeue job-pretrain"],
    wakeAt: 660,
  },
  {
    case: "a node of no pool is not the platform's",
    world: { nodes: [makeNode("host", { ...ill, pool: undefined })], pods: [] },
    want: [],
  },
  {
    case: "a node is gone: its gang starts anew, and its pod is ended by force",
    world: { nodes: [makeNode("h100-1")] },
    want: ["requeue job-pretrain of a node that is gone", "evict pretrain-0 of a node that is gone"],
  },
  {
    case: "a node is gone with a pod outside of queues, which is the garbage collector's",
    world: { nodes: [], pods: [makePod("notebook", "h100-0", { workload: undefined })] },
    want: [],
  },
  {
    case: "a damaged record: the taint stands until the node was well for long enough",
    world: {
      nodes: [
        makeNode("h100-0", {
          taints: [{ key: "plinth.dev/unhealthy", value: "broken", effect: "NoSchedule" }],
        }),
      ],
      pods: [],
    },
    want: ["mark h100-0: NodeUnhealthy"],
    wakeAt: 370,
  },
])("$case", ({ world, seconds = 70, want, wakeAt }) => {
  const decision = decide(makeWorld(world), settings, at(seconds));
  expect(decision.actions.map(told)).toEqual(want);
  expect(decision.wakeAt).toEqual(wakeAt === undefined ? undefined : at(wakeAt));
});

test("two nodes of a pool may be drained at once where that is allowed", () => {
  const world = makeWorld({ nodes: [waiting("h100-0"), waiting("h100-1"), waiting("h100-2")], pods: [] });
  const { actions } = decide(world, { ...settings, maxUnavailable: 2 }, at(70));
  expect(actions.map(told)).toEqual([
    "mark h100-0: DrainStarted",
    "mark h100-1: DrainStarted",
    "mark h100-2: DrainDeferred",
  ]);
});

test("what was decided on an old view is decided again, not more", () => {
  const world = makeWorld({ nodes: [waiting("h100-0"), waiting("h100-1")], pods: [] });
  expect(decide(world, settings, at(71)).actions.map(told)).toEqual(
    decide(world, settings, at(70)).actions.map(told),
  );
});
