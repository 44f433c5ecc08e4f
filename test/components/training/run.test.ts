import { expect, test } from "vitest";
import {
  containerEnvironment,
  imageReference,
  podSize,
  queuedMetadata,
} from "../../../components/training/run.ts";
import { placeholder } from "../../support/builders.ts";
import { efa, infiniband } from "../../support/network.ts";
import { record } from "../../support/record.ts";
import { makeTraining } from "../../support/training.ts";

async function queue() {
  let made: ReturnType<typeof makeTraining>["queue"] | undefined;
  await record(() => {
    made = makeTraining().queue;
  });
  if (!made) throw new Error("the platform has a queue");
  return made;
}

test.each([
  { case: "a whole node", each: 8, beside: undefined, cpu: "184", memory: "2040Gi", shared: "510Gi" },
  { case: "one accelerator", each: 1, beside: undefined, cpu: "23", memory: "255Gi", shared: "63Gi" },
  {
    case: "a whole node beside a pod without accelerators",
    each: 8,
    beside: { cpuMillis: 4500, memoryMiB: 16 * 1024 },
    cpu: "179500m",
    memory: "2024Gi",
    shared: "506Gi",
  },
])("size of $case", async ({ each, beside, cpu, memory, shared }) => {
  const { requests, sharedMemory } = podSize(await queue(), each, 2, beside);
  expect(requests).toEqual({ cpu, memory, "nvidia.com/gpu": String(each) });
  expect(sharedMemory).toBe(shared);
});

test("the runtime class of the pool, where it has one", async () => {
  const plain = await queue();
  const named = { ...plain, pool: { ...plain.pool, runtimeClass: "nvidia" } };
  expect(podSize(named, 8, 2).runtimeClass).toBe("nvidia");
  expect(podSize(plain, 8, 2)).not.toHaveProperty("runtimeClass");
});

test("shared memory is at least a gibibyte", async () => {
  const beside = { cpuMillis: 0, memoryMiB: 254 * 1024 };
  expect(podSize(await queue(), 1, 1, beside).sharedMemory).toBe("1Gi");
});

test("an object in the queue carries queue, priority, team, cost; no update awaits it (F126)", async () => {
  expect(queuedMetadata("pretrain", await queue(), "high")).toEqual({
    name: "pretrain",
    namespace: "research",
    labels: {
      "plinth.dev/team": "research",
      "plinth.dev/cost-center": "cc-1",
      "kueue.x-k8s.io/queue-name": "h100",
      "kueue.x-k8s.io/priority-class": "high",
    },
    annotations: { "pulumi.com/waitFor": "jsonpath={.metadata.uid}" },
  });
});

test("a kind that knows no longest run has it from Kueue", async () => {
  const { labels } = queuedMetadata("pretrain", await queue(), "high", 3600);
  expect(labels).toMatchObject({ "kueue.x-k8s.io/max-exec-time-seconds": "3600" });
});

test("images are pinned by digest", () => {
  expect(imageReference.safeParse(placeholder).success).toBe(true);
  expect(imageReference.safeParse("trainer:latest").success).toBe(false);
});

test.each([
  {
    case: "several pods ask for their part of the network",
    pods: 2,
    want: { "vpc.amazonaws.com/efa": "2", "hugepages-2Mi": "2560Mi" },
  },
  { case: "one pod asks for none of it", pods: 1, want: {} },
])("$case", async ({ pods, want }) => {
  const made = await queue();
  const { requests } = podSize({ ...made, pool: { ...made.pool, fabric: efa } }, 4, pods);
  expect(requests).toEqual({ cpu: "92", memory: "1020Gi", "nvidia.com/gpu": "4", ...want });
});

test.each([
  {
    case: "containers know the pool's network, and their own variables win",
    pods: 2,
    want: [
      { name: "NCCL_IB_HCA", value: "mlx5" },
      { name: "NCCL_DEBUG", value: "INFO" },
    ],
  },
  { case: "one pod has no network to know", pods: 1, want: [{ name: "NCCL_DEBUG", value: "INFO" }] },
])("$case", async ({ pods, want }) => {
  const made = await queue();
  const pool = { ...made.pool, fabric: infiniband };
  expect(containerEnvironment({ ...made, pool }, { NCCL_DEBUG: "INFO" }, pods)).toEqual(want);
});
