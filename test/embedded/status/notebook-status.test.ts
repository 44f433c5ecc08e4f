/** A row per notebook: whose, whether it runs, and why not. */
import { expect, test } from "vitest";
import { notebookStatuses } from "../../../embedded/status/notebook-status.ts";
import type { WorkloadStatus } from "../../../embedded/status/platform-status.ts";

const workload: WorkloadStatus = {
  name: "lab",
  team: "research",
  queue: "research-h100",
  accelerators: 2,
  state: "Running",
  reason: "1 of 1 pods on 1 node",
};
const start = "start it with kubectl scale -n research statefulset lab --replicas=1";

const rows: {
  case: string;
  replicas: number;
  annotations: Record<string, string>;
  workloads: WorkloadStatus[];
  want: [state: string, reason: string, accelerators: number];
}[] = [
  {
    case: "runs",
    replicas: 1,
    annotations: {},
    workloads: [workload],
    want: ["Running", "1 of 1 pods on 1 node", 2],
  },
  {
    case: "waits",
    replicas: 1,
    annotations: {},
    workloads: [{ ...workload, state: "Waiting", reason: "2 more needed" } as const],
    want: ["Waiting", "2 more needed", 2],
  },
  {
    case: "is new, beside a job of another team that has its name",
    replicas: 1,
    annotations: {},
    workloads: [{ ...workload, team: "vision" }],
    want: ["Waiting", "Kueue has not looked at it yet", 0],
  },
  {
    case: "was idle",
    replicas: 0,
    annotations: {
      "plinth.dev/cull-after-idle-minutes": "60",
      "plinth.dev/culled-at": "2026-11-21T12:00:00.000Z",
    },
    workloads: [{ ...workload, state: "Stopped", reason: "on hold" } as const],
    want: ["Stopped", `not used for 60 minutes, stopped at 2026-11-21T12:00:00.000Z; ${start}`, 2],
  },
  {
    case: "was stopped by hand",
    replicas: 0,
    annotations: { "plinth.dev/cull-after-idle-minutes": "60" },
    workloads: [],
    want: ["Stopped", `stopped by its people; ${start}`, 0],
  },
];

test.each(rows)("one that $case", ({ replicas, annotations, workloads, want }) => {
  const owned: Record<string, string> = { "plinth.dev/owner": "ada@example.com", ...annotations };
  const notebook = {
    metadata: { name: "lab", namespace: "research", annotations: owned },
    spec: { replicas },
  };
  const [state, reason, accelerators] = want;
  expect(notebookStatuses([notebook], workloads)).toEqual([
    { name: "lab", team: "research", owner: "ada@example.com", accelerators, state, reason },
  ]);
});
