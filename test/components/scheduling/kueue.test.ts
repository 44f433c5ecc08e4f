import { expect, test } from "vitest";
import { NodePool, Queueing } from "../../../components/index.ts";
import { poolDevices } from "../../../components/planning/sharing.ts";
import { kueueValues } from "../../../components/scheduling/kueue.ts";
import { makeCluster, makePlatform } from "../../support/builders.ts";
import { record } from "../../support/record.ts";

const queueingParent = "plinth:scheduling:Queueing queues";

test("Kueue, topology and cohort, flavor, queues, in this order (F62, F68, F122)", async () => {
  const resources = await record(() => {
    makePlatform();
  });
  const own = resources.filter(({ parent }) => parent === queueingParent);
  const edges = own.map(({ type, name, dependsOn, deleteBeforeReplace, provider }) => [
    type.replace("kubernetes:", ""),
    name,
    dependsOn,
    deleteBeforeReplace,
    provider,
  ]);
  const kueue = "kueue.x-k8s.io/v1beta2";
  const queueEdges = ["queues-cohort-platform", "queues-resourceflavor-h100"];
  expect(edges).toEqual([
    ["core/v1:Namespace", "kueue-system", [], true, "local"],
    ["helm.sh/v4:Chart", "queues", ["kueue-system"], false, "local"],
    [`${kueue}:ClusterQueue`, "queues-clusterqueue-research-h100", queueEdges, true, "local"],
    [`${kueue}:ClusterQueue`, "queues-clusterqueue-vision-h100", queueEdges, true, "local"],
    [`${kueue}:Cohort`, "queues-cohort-platform", ["queues"], true, "local"],
    [`${kueue}:ResourceFlavor`, "queues-resourceflavor-h100", ["queues-topology-default"], true, "local"],
    [`${kueue}:Topology`, "queues-topology-default", ["queues"], true, "local"],
  ]);
});

test("objects carry their names, labels and specs", async () => {
  const resources = await record(() => {
    makePlatform();
  });
  const inputs = (name: string) => resources.find((resource) => resource.name === name)?.inputs;
  expect(inputs("queues-topology-default")).toEqual({
    apiVersion: "kueue.x-k8s.io/v1beta2",
    kind: "Topology",
    metadata: { name: "default" },
    spec: {
      levels: [
        { nodeLabel: "topology.plinth.dev/block" },
        { nodeLabel: "topology.plinth.dev/rack" },
        { nodeLabel: "topology.plinth.dev/nvlink" },
        { nodeLabel: "kubernetes.io/hostname" },
      ],
    },
  });
  expect(inputs("queues-cohort-platform")).toMatchObject({ metadata: { name: "platform" }, spec: {} });
  expect(inputs("queues-clusterqueue-vision-h100")).toMatchObject({
    metadata: {
      name: "vision-h100",
      labels: { "plinth.dev/team": "vision", "plinth.dev/pool": "h100" },
    },
    spec: { cohortName: "platform" },
  });
});

test("a team's queue is opened in its namespace under the pool's name", async () => {
  const resources = await record(() => {
    makePlatform();
  });
  const opened = resources.find(({ name }) => name === "research-queue-h100");
  expect(opened).toMatchObject({
    type: "kubernetes:kueue.x-k8s.io/v1beta2:LocalQueue",
    dependsOn: ["queues-clusterqueue-research-h100", "research"],
    inputs: { metadata: { name: "h100", namespace: "research" }, spec: { clusterQueue: "research-h100" } },
  });
});

test("cohort trees, checks and orders by usage: their objects, in the order of their making", async () => {
  const resources = await record(() => {
    const cluster = {
      ...makeCluster(),
      abilities: { charts: ["kueue" as const], provisioningClasses: ["queued"] },
    };
    const { provisioned } = new NodePool("h100", {
      cluster,
      accelerator: "nvidia-h100-80gb-sxm",
      nodes: 4,
      acceleratorsPerNode: 8,
    });
    new Queueing("queues", {
      cluster,
      pools: [provisioned],
      // The child is named before its parent, and still is made after it.
      cohorts: ["lab", "company"],
      cohortTree: [
        { cohort: "lab", parent: "company" },
        { cohort: "company", quotas: [{ pool: "h100", accelerators: 8 }] },
      ],
      provisioning: [{ pool: "h100", provisioningClass: "queued" }],
      admissionFairSharing: {},
      queues: [{ team: "research", pool: "h100", cohort: "lab", accelerators: 16 }],
    });
  });
  const own = resources.filter(({ parent, type }) => parent === queueingParent && type.includes("kueue"));
  expect(own.map(({ name, dependsOn }) => [name.replace("queues-", ""), dependsOn])).toEqual([
    ["admissioncheck-provision-h100", ["queues-provisioningrequestconfig-provision-h100"]],
    [
      "clusterqueue-research-h100",
      ["queues-admissioncheck-provision-h100", "queues-cohort-lab", "queues-resourceflavor-h100"],
    ],
    ["cohort-company", ["queues", "queues-resourceflavor-h100"]],
    ["cohort-lab", ["queues-cohort-company"]],
    ["provisioningrequestconfig-provision-h100", ["queues"]],
    ["resourceflavor-h100", ["queues-topology-default"]],
    ["topology-default", ["queues"]],
  ]);
  expect(own.find(({ name }) => name.startsWith("queues-clusterqueue"))?.inputs.spec).toMatchObject({
    admissionScope: { admissionMode: "UsageBasedAdmissionFairSharing" },
    admissionChecksStrategy: { admissionChecks: [{ name: "provision-h100" }] },
  });
});

test("jobs that grow need an alpha part of Kueue, which is on only where it is asked for", () => {
  const gates = (elasticJobs: boolean) => kueueValues({ fairSharing: false, elasticJobs }).controllerManager;
  expect(gates(true)).toMatchObject({
    featureGates: [{ name: "ElasticJobsViaWorkloadSlicesWithTAS", enabled: true }],
  });
  expect(gates(false)).not.toHaveProperty("featureGates");
});

test("claims on shares need another, beside it", () => {
  const sharing = { mode: "dra", devices: "shares" } as const;
  const size = { accelerator: "nvidia-l4", nodes: 1, acceleratorsPerNode: 1, sharing } as const;
  const pool = { ...size, devices: poolDevices(size) };
  expect(kueueValues({ fairSharing: false, elasticJobs: true }, [pool]).controllerManager).toMatchObject({
    featureGates: [
      { name: "ElasticJobsViaWorkloadSlicesWithTAS", enabled: true },
      { name: "KueueDRAIntegrationConsumableCapacity", enabled: true },
    ],
  });
});
