import { expect, test } from "vitest";
import type { PodGroup, VolcanoJob } from "../../../embedded/status/volcano-objects.ts";
import { volcanoQueueStatuses, volcanoWorkloadStatuses } from "../../../embedded/status/volcano-status.ts";

function job(name: string, phase?: string): VolcanoJob {
  const container = { name: "trainer", resources: { limits: { cpu: "1", "nvidia.com/gpu": "8" } } };
  return {
    metadata: { name, namespace: "red", uid: `uid-${name}` },
    spec: { queue: "red-h100", tasks: [{ replicas: 2, template: { spec: { containers: [container] } } }] },
    ...(phase ? { status: { state: { phase } } } : {}),
  };
}

test("queues of teams, with what they borrow and how many wait", () => {
  const labels = { "plinth.dev/team": "red", "plinth.dev/pool": "h100" };
  const queues = [
    { metadata: { name: "root" }, spec: {} },
    { metadata: { name: "platform.h100", labels: { "plinth.dev/pool": "h100" } }, spec: {} },
    {
      metadata: { name: "red-h100", labels },
      spec: { deserved: { cpu: "10", "nvidia.com/gpu": "8" } },
      status: { allocated: { cpu: "20", "nvidia.com/gpu": "16" } },
    },
  ];
  expect(volcanoQueueStatuses(queues, [job("a", "Running"), job("b", "Pending"), job("c")])).toEqual([
    { name: "red-h100", team: "red", pool: "h100", nominal: 8, used: 16, borrowed: 8, pending: 2 },
  ]);
});

test.each([
  { phase: "Running", state: "Running", reason: "Running" },
  { phase: "Completed", state: "Finished", reason: "Completed" },
  { phase: "Failed", state: "Finished", reason: "Failed" },
  { phase: "Restarting", state: "Waiting", reason: "not enough" },
  { phase: "Pending", state: "Waiting", reason: "not enough" },
])("a gang that is $phase", ({ phase, state, reason }) => {
  const group: PodGroup = {
    metadata: { name: "x", namespace: "red", ownerReferences: [{ uid: "uid-a" }] },
    status: { conditions: [{ type: "Unschedulable", message: "not enough" }] },
  };
  expect(volcanoWorkloadStatuses([job("a", phase)], [group])).toEqual([
    { name: "a", team: "red", queue: "red-h100", accelerators: 16, state, reason },
  ]);
});

test("a gang that nobody has looked at says so", () => {
  const [status] = volcanoWorkloadStatuses([job("a")], []);
  expect(status?.reason).toBe("Volcano has not looked at it yet");
});
