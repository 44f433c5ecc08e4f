/** A platform with every controller, and what the components of training kinds register on it. */
import { expect } from "vitest";
import { configError } from "../../components/config.ts";
import { TrainingControllers } from "../../components/index.ts";
import type { Problem } from "../../components/planning/problem.ts";
import { makePlatform } from "./builders.ts";
import { type Registration, record } from "./record.ts";

/** What every training component is given. */
export function makeTraining(queueing: Parameters<typeof makePlatform>[0] = {}) {
  const platform = makePlatform(queueing);
  const controllers = new TrainingControllers("training", {
    cluster: platform.cluster,
    controllers: ["jobset", "trainer", "lws", "kuberay", "mpi"],
  });
  const { cluster, queue, priorityClasses } = platform;
  return { cluster, queue, priorityClasses, controllers };
}

export type Training = ReturnType<typeof makeTraining>;

/** The custom resource that a component makes; `queueing` overrides what the platform's queues are given. */
export async function customResource(
  kind: string,
  make: (given: Training) => unknown,
  queueing?: Parameters<typeof makeTraining>[0],
): Promise<Registration & { inputs: { metadata: Metadata; spec: Record<string, unknown> } }> {
  const resources = await record(() => make(makeTraining(queueing)));
  const found = resources.find(({ type, inputs }) => type.endsWith(`:${kind}`) && "spec" in inputs);
  if (!found) throw new Error(`no ${kind} among ${resources.map(({ type }) => type).join(", ")}`);
  return found as Awaited<ReturnType<typeof customResource>>;
}

interface Metadata {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

/** The component says exactly these problems, and registers nothing. */
export async function refuses(
  owner: string,
  make: (given: Training) => unknown,
  want: readonly Problem[],
): Promise<void> {
  const kind = owner.split(" ")[0];
  const resources = await record(() => {
    const given = makeTraining();
    expect(() => make(given)).toThrow(configError(owner, want).message);
  });
  expect(resources.filter(({ type }) => type.endsWith(`:${kind}`))).toEqual([]);
}

/** Resources that anything in a queue goes after, so that it goes before them on destroy. */
export const queueDependencies = [
  "h100-0",
  "h100-1",
  "h100-2",
  "h100-3",
  "priority-high",
  "priority-high-workload",
  "priority-low",
  "priority-low-workload",
  "priority-normal",
  "priority-normal-workload",
  "research-queue-h100",
];
