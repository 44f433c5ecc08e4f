import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../components/config.ts";
import { stackConfig } from "../../stacks/config.ts";
import { local } from "../../stacks/local.ts";
import type { StackOutputs } from "../../stacks/outputs.ts";
import { installation, makeStack } from "../support/builders.ts";
import { record } from "../support/record.ts";

vi.mock("../../embedded/installation.ts", () => ({ readInstallation: () => installation }));

const file = new URL("../../stacks/config/Pulumi.local.yaml", import.meta.url);
const shipped = parse(readFileSync(file, "utf8")).config["plinth:platform"];

async function build(stack: unknown) {
  let outputs: StackOutputs | undefined;
  const resources = await record(() => {
    outputs = local(parseConfig(stackConfig, stack, "stack"));
  });
  return { resources, outputs };
}

test("the shipped stack: so many objects of each kind", async () => {
  const { resources } = await build(shipped);
  const counts: Record<string, number> = {};
  for (const { type } of resources) {
    const kind = type.split(":").at(-1) ?? "";
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  expect(counts).toEqual({
    kubernetes: 1,
    NodePool: 2,
    Node: 6,
    Queueing: 1,
    Namespace: 4,
    Chart: 1,
    Topology: 1,
    ResourceFlavor: 2,
    Cohort: 1,
    ClusterQueue: 5,
    PriorityClasses: 1,
    PriorityClass: 3,
    WorkloadPriorityClass: 3,
    TeamGuard: 1,
    ValidatingAdmissionPolicy: 1,
    ValidatingAdmissionPolicyBinding: 1,
    Team: 3,
    NetworkPolicy: 9,
    ResourceQuota: 3,
    LimitRange: 3,
    ServiceAccount: 6,
    Role: 3,
    RoleBinding: 3,
    LocalQueue: 5,
    TrainingControllers: 1,
    TrainingJob: 3,
    Service: 3,
    Job: 3,
  });
});

test("objects have the one provider, a component above them and names of their own", async () => {
  const { resources } = await build(shipped);
  const objects = resources.filter(({ type }) => type.startsWith("kubernetes:"));
  expect(objects.filter(({ provider, parent }) => provider !== "local" || parent === "")).toEqual([]);
  const identities = objects.map(({ type, name, inputs }) => {
    const metadata = inputs.metadata as { name?: string; namespace?: string } | undefined;
    return `${type} ${metadata?.namespace ?? ""}/${metadata?.name ?? name}`;
  });
  expect(identities.filter((identity, index) => identities.indexOf(identity) !== index)).toEqual([]);
});

test("nobody watches over nodes unless the stack file says so, and then by its settings", async () => {
  const { resources } = await build(shipped);
  expect(resources.filter(({ type }) => type.includes("NodeHealth"))).toEqual([]);
  const watched = (await build({ ...shipped, nodeHealth: { maxUnavailable: 2 } })).resources;
  const added = watched.filter(({ name }) => !resources.some((known) => known.name === name));
  expect(added.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`)).toEqual([
    "Deployment node-health-controller",
    "Namespace node-health",
    "ServiceAccount node-health-account",
    "ClusterRole node-health-role",
    "ClusterRoleBinding node-health-binding",
    "NodeHealth node-health",
  ]);
});

test("outputs of the shipped stack", async () => {
  const { outputs } = await build(shipped);
  expect(outputs).toEqual({
    pools: [
      { name: "h100", accelerator: "nvidia-h100-80gb-sxm", nodes: 4, accelerators: 32 },
      { name: "l40s", accelerator: "nvidia-l40s", nodes: 2, accelerators: 8 },
    ],
    queues: [
      { name: "research-h100", team: "research", pool: "h100", nominal: 16, borrowingLimit: 8 },
      { name: "language-h100", team: "language", pool: "h100", nominal: 12, borrowingLimit: 4 },
      { name: "language-l40s", team: "language", pool: "l40s", nominal: 2, borrowingLimit: 2 },
      { name: "vision-h100", team: "vision", pool: "h100", nominal: 4, borrowingLimit: 8 },
      { name: "vision-l40s", team: "vision", pool: "l40s", nominal: 6, borrowingLimit: 2 },
    ],
    teams: [
      { name: "research", namespace: "research" },
      { name: "language", namespace: "language" },
      { name: "vision", namespace: "vision" },
    ],
    jobs: [
      { namespace: "research", name: "pretrain", accelerators: 16 },
      { namespace: "vision", name: "finetune", accelerators: 8 },
      { namespace: "research", name: "ablation", accelerators: 16 },
    ],
    notebooks: [],
  });
});

test("a job's domain becomes a node label, its simulated duration an annotation", async () => {
  const stack = makeStack();
  Object.assign(stack.jobs[0], { topology: { mode: "preferred", domain: "block" }, runSeconds: 30 });
  const { resources } = await build(stack);
  const job = resources.find(({ type }) => type === "kubernetes:batch/v1:Job");
  expect(job?.inputs.spec).toMatchObject({
    template: {
      metadata: {
        annotations: {
          "kueue.x-k8s.io/podset-preferred-topology": "topology.plinth.dev/block",
          "plinth.dev/finish-after": "30s",
        },
      },
    },
  });
});

test("another rack size moves nodes between racks", async () => {
  const { resources } = await build({ ...makeStack(), topology: { nodesPerRack: 4 } });
  const racks = resources
    .filter(({ type, name }) => type === "kubernetes:core/v1:Node" && name.startsWith("h100"))
    .map(({ inputs }) => {
      const { labels } = inputs.metadata as { labels: Record<string, string> };
      return labels["topology.plinth.dev/rack"];
    });
  expect(racks).toEqual(["h100-rack-0", "h100-rack-0", "h100-rack-0", "h100-rack-0"]);
});

test.each([
  {
    case: "another member group",
    edit: (stack: typeof shipped) => Object.assign(stack.teams[0], { memberGroups: ["researchers"] }),
    want: ["rbac.authorization.k8s.io/v1:RoleBinding research-member"],
  },
  {
    case: "one more node",
    edit: (stack: typeof shipped) => Object.assign(stack.pools[1], { nodes: 3 }),
    want: [
      "core/v1:Node l40s-2",
      "core/v1:ResourceQuota language-quota",
      "core/v1:ResourceQuota vision-quota",
    ],
  },
  {
    case: "a weight that nothing uses without fair sharing",
    edit: (stack: typeof shipped) => Object.assign(stack.teams[2], { fairSharingWeight: 2 }),
    want: [],
  },
])("an edit touches what it names, never the nodes below: $case (F104)", async ({ edit, want }) => {
  const edited = structuredClone(shipped);
  edit(edited);
  const [before, after] = [(await build(shipped)).resources, (await build(edited)).resources];
  const written = new Set(before.map(({ type, name, inputs }) => JSON.stringify([type, name, inputs])));
  const touched = after.filter(
    ({ type, name, inputs }) =>
      type.startsWith("kubernetes:") && !written.has(JSON.stringify([type, name, inputs])),
  );
  expect(touched.map(({ type, name }) => `${type.replace("kubernetes:", "")} ${name}`)).toEqual(want);
});

test("replicas are stated nowhere, and nothing scales anything (F128)", async () => {
  const { resources } = await build(shipped);
  const stated = resources.filter(({ inputs }) => JSON.stringify(inputs).includes('"replicas"'));
  expect(stated).toEqual([]);
  expect(resources.filter(({ type }) => type.includes("Autoscaler"))).toEqual([]);
});

test("a stack with a shared pool tells the GPU Operator so, and counts slices in its outputs", async () => {
  const stack = makeStack();
  Object.assign(stack.pools[1], {
    accelerator: "nvidia-h100-80gb-sxm",
    acceleratorsPerNode: 8,
    sharing: { mode: "mig", layouts: [{ nodes: 2, profiles: { "3g.40gb": 2 } }] },
  });
  Object.assign(stack.teams[1].quotas[1] ?? {}, { profile: "3g.40gb", accelerators: 32 });
  const { resources, outputs } = await build(stack);
  const maps = resources.filter(({ type }) => type === "kubernetes:core/v1:ConfigMap");
  expect(maps.map(({ name, parent }) => `${parent} ${name}`)).toEqual([
    "plinth:gpu:GpuSharing gpu-sharing gpu-sharing-plinth-device-plugin",
    "plinth:gpu:GpuSharing gpu-sharing gpu-sharing-plinth-mig",
  ]);
  expect(outputs?.pools[1]).toEqual({
    name: "l40s",
    accelerator: "nvidia-h100-80gb-sxm",
    nodes: 2,
    accelerators: 16,
  });
  expect(outputs?.queues.find(({ name }) => name === "vision-l40s")?.nominal).toBe(32);
});
