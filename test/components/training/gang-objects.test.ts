import { expect, test } from "vitest";
import {
  PriorityClasses,
  Queueing,
  Team,
  TrainingJob,
  type TrainingJobArgs,
} from "../../../components/index.ts";
import type { BackendName } from "../../../components/scheduling/backend.ts";
import { makeCluster, placeholder } from "../../support/builders.ts";
import { makePool } from "../../support/queueing-plan.ts";
import { record } from "../../support/record.ts";

const layers = {
  name: "layers",
  levels: ["zone", "layer-1", "kubernetes.io/hostname"],
  domains: { rack: "layer-1" },
};

const within = (level: string) => ({ topology: { mode: "required", level } as const });

async function objectsOf(
  backend: BackendName,
  own: object = {},
  wish: Partial<TrainingJobArgs> = within("topology.plinth.dev/rack"),
) {
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
      elasticJobs: wish.elastic ?? false,
      queues: [{ team: "red", pool: "h100", cohort: "platform", accelerators: 16 }],
    });
    const priorityClasses = new PriorityClasses("priority", { cluster, queueing });
    const queue = new Team("red", { cluster, queueing, costCenter: "cc-1" }).queues.h100;
    if (!queue) throw new Error("the team has a queue in the pool");
    const shape = { nodes: 2, acceleratorsPerNode: 8, image: placeholder };
    new TrainingJob("train", { cluster, queue, priorityClasses, ...shape, ...wish });
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

test("the size of an elastic gang changes in place, by a patch of its own", async () => {
  const objects = await objectsOf("kueue", {}, { elastic: true });
  const told = objects.map(({ type, name, ...rest }) => ({
    type,
    name,
    ignoreChanges: rest.ignoreChanges,
    retainOnDelete: rest.retainOnDelete,
    afterJob: rest.dependsOn.includes("train"),
  }));
  const never = { ignoreChanges: [], retainOnDelete: false, afterJob: false };
  expect(told).toEqual([
    {
      ...never,
      type: "kubernetes:batch/v1:Job",
      name: "train",
      ignoreChanges: ["spec.parallelism", "spec.completions"],
    },
    {
      ...never,
      type: "kubernetes:batch/v1:JobPatch",
      name: "train-size",
      retainOnDelete: true,
      afterJob: true,
    },
    { ...never, type: "kubernetes:core/v1:Service", name: "train-rendezvous" },
  ]);
  const [job, size] = objects;
  expect(job?.replaceOnChanges).toEqual(["spec.template", 'metadata.labels["kueue.x-k8s.io/queue-name"]']);
  expect([job?.inputs.spec, size?.inputs.spec]).toEqual([
    expect.objectContaining({ parallelism: 2, completions: 2 }),
    { parallelism: 2, completions: 2 },
  ]);
});

test("Volcano's job names the queue of its team and the tier of its rack, above that of NVLink", async () => {
  const [job] = await objectsOf("volcano");
  expect(job?.inputs.spec).toMatchObject({
    queue: "red-h100",
    networkTopology: { mode: "hard", highestTierAllowed: 2 },
  });
  expect(job?.dependsOn).toContain("queues-queue-red-h100");
});

test("a level that one pool's nodes tell: asked of Kueue and KAI, refused with Volcano (F48)", async () => {
  const [job] = await objectsOf("kueue", { topology: layers }, within("layer-1"));
  expect(JSON.stringify(job?.inputs.spec)).toContain('"kueue.x-k8s.io/podset-required-topology":"layer-1"');
  const [pods] = await objectsOf("kai", { topology: layers }, within("layer-1"));
  expect(JSON.stringify(pods?.inputs)).toContain('"kai.scheduler/topology":"layers"');
  await expect(objectsOf("volcano", { topology: layers }, within("layer-1"))).rejects.toThrow(
    "kubernetes.io/hostname",
  );
});
