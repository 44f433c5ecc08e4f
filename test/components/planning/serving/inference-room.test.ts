import { expect, test } from "vitest";
import type {
  InferencePlace,
  InferencePlan,
} from "../../../../components/planning/serving/inference-plan.ts";
import { roomProblems } from "../../../../components/planning/serving/inference-room.ts";

const node = { cpuMillis: 8000, memoryMiB: 16_384 };
const place: InferencePlace = { hasRuntime: true, node, nodes: 1 };

function serverOf(index: number, more: Partial<InferencePlan> = {}): InferencePlan {
  const path = ["inferenceServers", index];
  return { path, name: `chat-${index}`, team: "research", replicas: 1, sequences: 32, cpuCores: 1, ...more };
}

test.each<[string, InferencePlan[], InferencePlace]>([
  ["no server", [], place],
  ["one and one more of it", [serverOf(0, { cpuCores: 3 })], place],
  [
    "several and one more of the largest",
    [serverOf(0, { replicas: 2 }), serverOf(1, { cpuCores: 2 })],
    place,
  ],
  ["servers of a pool", [serverOf(0, { pool: "h100", model: "Qwen/Qwen3-8B", replicas: 100 })], place],
  ["nodes that can be added", [serverOf(0, { replicas: 100 })], { hasRuntime: false, node }],
  ["one that no node holds, which is refused by itself", [serverOf(0, { cpuCores: 9 })], place],
])("nothing is wrong with %s", (_, plans, where) => {
  expect(roomProblems(plans, where)).toEqual([]);
});

test("cores of all servers together, with one more replica while an update runs", () => {
  expect(roomProblems([serverOf(0, { cpuCores: 3, replicas: 1 }), serverOf(1)], place)).toEqual([
    {
      path: ["inferenceServers", 1, "replicas"],
      given: "7 cores: chat-0 1 times 3, chat-1 1 times 1, and 3 for one more while an update runs",
      allowed: "at most 6, which the platform's own programs leave",
      remedy: "lower replicas or cpuCores, here or of another server",
    },
  ]);
  const twice = [serverOf(0, { cpuCores: 3, replicas: 1 }), serverOf(1)];
  expect(roomProblems(twice, { ...place, nodes: 2 })).toEqual([]);
});

test("memory of all servers together", () => {
  expect(roomProblems([serverOf(0, { kvCacheMiB: 4096, replicas: 2 })], place)).toEqual([
    {
      path: ["inferenceServers", 0, "replicas"],
      given: "14610 MiB: chat-0 2 times 4870, and 4870 for one more while an update runs",
      allowed: "at most 14336, which the platform's own programs leave",
      remedy: "lower replicas or kvCacheMiB, here or of another server",
    },
  ]);
});
