import { expect, test } from "vitest";
import { configError } from "../../../components/config.ts";
import { NodePool, Queueing } from "../../../components/index.ts";
import { kueueDefaults } from "../../../components/scheduling/kueue-config.ts";
import { readySeconds, recoverySeconds } from "../../../components/scheduling/queueing.ts";
import { makeClaimed, makeCluster, makePartitioned } from "../../support/builders.ts";
import { record } from "../../support/record.ts";

test("quotas that do not fit are refused before anything is registered", async () => {
  const resources = await record(() => {
    const cluster = makeCluster();
    const { provisioned } = new NodePool("l40s", {
      cluster,
      accelerator: "nvidia-l40s",
      nodes: 1,
      acceleratorsPerNode: 4,
    });
    const queue = { team: "a", pool: "l40s", cohort: "platform", accelerators: 4 };
    const queues = [
      { ...queue, accelerators: 5 },
      { ...queue, accelerators: 0, pool: "h100" },
      { ...queue, accelerators: 0, cohort: "other", borrowingLimit: 1 },
    ];
    const message = configError('Queueing "queues"', [
      {
        path: ["queues", 1, "pool"],
        given: '"h100"',
        allowed: "one of l40s",
        remedy: "declare h100, or name one that is declared",
      },
      {
        path: ["queues", 2, "cohort"],
        given: '"other"',
        allowed: "one of platform",
        remedy: "declare other, or name one that is declared",
      },
      {
        path: ["queues", 2],
        given: '"a-l40s", which entry 0 already has',
        allowed: "each name once",
        remedy: "rename one of the two, or merge them",
      },
      {
        path: ["pools", "l40s", "nodes"],
        given: "5 accelerators promised in pool l40s (a 5, a 0)",
        allowed: "at most 4 (1 node of 4)",
        remedy: "lower the quotas by 1 in all, or add 1 node",
      },
      {
        path: ["queues", 2, "borrowingLimit"],
        given: "1",
        allowed: "0, what the other teams of cohort other lend in pool l40s",
        remedy: "lower borrowingLimit to 0, or let the other teams lend more",
      },
    ]).message;
    expect(
      () => new Queueing("queues", { cluster, pools: [provisioned], cohorts: ["platform"], queues }),
    ).toThrow(message);
  });
  expect(resources.filter(({ type }) => type.includes("kueue") || type.includes("Queueing"))).toEqual([]);
});

test("quotas of two profiles of a pool are one queue, which holds both", async () => {
  let queues: unknown;
  const resources = await record(() => {
    queues = makePartitioned().queueing.queues.map(({ name, accelerators, quotas }) => ({
      name,
      accelerators,
      profiles: quotas.map(({ profile }) => profile),
    }));
  });
  expect(queues).toEqual([{ name: "research-slices", accelerators: 32, profiles: ["1g.10gb", "3g.40gb"] }]);
  const names = (kind: string) =>
    resources.filter(({ type }) => type.endsWith(`:${kind}`)).map(({ name }) => name);
  expect(names("ClusterQueue")).toEqual(["queues-clusterqueue-research-slices"]);
  expect(names("LocalQueue")).toEqual(["research-queue-slices"]);
});

test.each([
  {
    case: "a profile that the pool does not have",
    change: { profile: "7g.80gb" },
    want: ["queues", 1, "profile"],
  },
  { case: "no profile", change: { profile: undefined }, want: ["queues", 1, "profile"] },
  { case: "another cohort in the same queue", change: { cohort: "other" }, want: ["queues", 1, "cohort"] },
  {
    case: "another weight in the same queue",
    change: { fairSharingWeight: 2 },
    want: ["queues", 1, "fairSharingWeight"],
  },
  { case: "the same profile twice", change: { profile: "1g.10gb" }, want: ["queues", 1] },
])("refused in a partitioned pool: $case", async ({ change, want }) => {
  await record(() => {
    const { cluster, pool } = makePartitioned();
    const quota = { team: "a", pool: "slices", cohort: "platform", profile: "1g.10gb", accelerators: 1 };
    const queues = [quota, { ...quota, profile: "3g.40gb", ...change }] as (typeof quota)[];
    const cohorts = ["platform", "other"];
    const path = configError("", [{ path: want, given: "", allowed: "", remedy: "" }]).message.split("\n")[2];
    expect(() => new Queueing("more", { cluster, pools: [pool], cohorts, queues })).toThrow(
      new RegExp(`1 problem .*\n\n${path?.replaceAll("[", "\\[").replaceAll("]", "\\]")}\n`),
    );
  });
});

test.each([
  { devices: "whole", resource: "nvidia.com/gpu", quota: "8", gates: undefined },
  { devices: "partitions", resource: "nvidia.com/mig.memory", quota: "634Gi", gates: undefined },
  {
    devices: "shares",
    resource: "nvidia.com/gpu.memory",
    quota: "652472Mi",
    gates: ["KueueDRAIntegrationConsumableCapacity", "VisibilityOnDemand"],
  },
] as const)("claims on $devices are mapped, and their quota is of the mapped resource", async (row) => {
  const resources = await record(() => {
    makeClaimed(row.devices);
  });
  const gates = (row.gates ?? ["VisibilityOnDemand"]).map((name) => expect.objectContaining({ name }));
  const mapping = `"deviceClassMappings":[{"name":"${row.resource}"`;
  expect(resources.find(({ name }) => name === "queues")?.inputs.values).toMatchObject({
    controllerManager: { featureGates: gates },
    managerConfig: { controllerManagerConfigYaml: expect.stringContaining(mapping) },
  });
  const queue = resources.find(({ name }) => name === "queues-clusterqueue-research-claimed");
  expect(queue?.inputs.spec).toMatchObject({
    resourceGroups: [
      {
        coveredResources: ["cpu", "memory", row.resource],
        flavors: [{ resources: [{}, {}, { name: row.resource, nominalQuota: row.quota }] }],
      },
    ],
  });
});

test.each([
  { case: "Kueue's default", settings: { backend: "kueue" }, want: [300, 180] },
  {
    case: "as it is told",
    settings: {
      backend: "kueue",
      podsReady: { ...kueueDefaults.podsReady, timeoutSeconds: 60, recoverySeconds: 90 },
    },
    want: [60, 90],
  },
  { case: "no limit with Volcano", settings: { backend: "volcano" }, want: [undefined, undefined] },
] as const)("seconds until a job without its pods is put back: $case", ({ settings, want }) => {
  expect([readySeconds(settings), recoverySeconds(settings)]).toEqual(want);
});
