import { expect, test, vi } from "vitest";
import { installation, makeStack } from "../support/builders.ts";
import { buildLocal as build, shipped } from "../support/local-stack.ts";

vi.mock("../../embedded/installation.ts", () => ({ readInstallation: () => installation }));

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
    inferenceServers: [],
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
    want: ["core/v1:Node l40s-2"],
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
