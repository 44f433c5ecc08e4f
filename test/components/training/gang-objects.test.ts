import { expect, test } from "vitest";
import { PriorityClasses, Queueing, Team, TrainingJob } from "../../../components/index.ts";
import type { BackendName } from "../../../components/scheduling/backend.ts";
import { makeCluster, placeholder } from "../../support/builders.ts";
import { makePool } from "../../support/queueing-plan.ts";
import { record } from "../../support/record.ts";

const layers = {
  name: "layers",
  levels: ["zone", "layer-1", "kubernetes.io/hostname"],
  domains: { rack: "layer-1" },
};

async function objectsOf(backend: BackendName, own: object = {}, level = "topology.plinth.dev/rack") {
  const resources = await record(() => {
    const local = makeCluster();
    const cluster = {
      ...local,
      abilities: { charts: [backend], provisioningClasses: [] },
      install: (
        name: string,
        ...rest: Parameters<typeof local.install> extends [string, ...infer R] ? R : never
      ) => local.install(name, { ...rest[0], chart: "kueue" }, rest[1]),
    };
    const queueing = new Queueing("queues", {
      cluster,
      backend,
      pools: [{ ...makePool("h100"), ...own }],
      cohorts: ["platform"],
      queues: [{ team: "red", pool: "h100", cohort: "platform", accelerators: 16 }],
    });
    const priorityClasses = new PriorityClasses("priority", { cluster, queueing });
    const queue = new Team("red", { cluster, queueing, costCenter: "cc-1" }).queues.h100;
    if (!queue) throw new Error("the team has a queue in the pool");
    const topology = { mode: "required", level } as const;
    const shape = { nodes: 2, acceleratorsPerNode: 8, image: placeholder, topology };
    new TrainingJob("train", { cluster, queue, priorityClasses, ...shape });
  });
  return resources.filter(({ parent }) => parent === "plinth:training:TrainingJob train");
}

test.each([
  { backend: "kueue", want: ["kubernetes:batch/v1:Job", "kubernetes:core/v1:Service"] },
  { backend: "volcano", want: ["kubernetes:batch.volcano.sh/v1alpha1:Job"] },
  { backend: "kai", want: ["kubernetes:batch/v1:Job", "kubernetes:core/v1:Service"] },
] as const)("a gang for $backend", async ({ backend, want }) => {
  const objects = await objectsOf(backend);
  expect(objects.map(({ type }) => type)).toEqual(want);
  const [job] = objects;
  expect(job?.deleteBeforeReplace).toBe(true);
  expect(job?.replaceOnChanges).toContain("spec");
});

test("Volcano's job names the queue of its team and the tier of its rack", async () => {
  const [job] = await objectsOf("volcano");
  expect(job?.inputs.spec).toMatchObject({
    queue: "red-h100",
    networkTopology: { mode: "hard", highestTierAllowed: 1 },
  });
  expect(job?.dependsOn).toContain("queues-queue-red-h100");
});

test("a level that one pool's nodes tell: asked of Kueue and KAI, refused with Volcano (F48)", async () => {
  const [job] = await objectsOf("kueue", { topology: layers }, "layer-1");
  expect(JSON.stringify(job?.inputs.spec)).toContain('"kueue.x-k8s.io/podset-required-topology":"layer-1"');
  const [pods] = await objectsOf("kai", { topology: layers }, "layer-1");
  expect(JSON.stringify(pods?.inputs)).toContain('"kai.scheduler/topology":"layers"');
  await expect(objectsOf("volcano", { topology: layers }, "layer-1")).rejects.toThrow(
    "kubernetes.io/hostname",
  );
});
