import * as pulumi from "@pulumi/pulumi";
import { expect, test, vi } from "vitest";
import { local } from "../../stacks/local.ts";
import type { StackOutputs } from "../../stacks/outputs.ts";
import { installation, makeStack, placeholder } from "../support/builders.ts";
import { makeJob, type WrittenJob } from "../support/job-kinds.ts";
import { localConfig } from "../support/local-stack.ts";
import { infiniband } from "../support/network.ts";
import { record } from "../support/record.ts";
import { firstSlices, sliceStack } from "../support/slice-stack.ts";
import { storeEntry, storeKeys } from "../support/store.ts";

vi.mock("../../embedded/installation.ts", () => ({ readInstallation: () => installation }));

async function build(job: WrittenJob, spoil: (stack: ReturnType<typeof makeStack>) => void = () => {}) {
  let outputs: StackOutputs | undefined;
  const training = { controllers: ["jobset", "trainer", "lws", "kuberay", "mpi"] };
  const stack = makeStack();
  spoil(stack);
  const resources = await record(() => {
    const config = localConfig({ ...stack, training, jobs: [job] });
    outputs = local(config, { objectStoreKeys: pulumi.secret(storeKeys) });
  });
  const own = resources.filter(({ type }) => type.startsWith("plinth:training:"));
  return { resources, outputs, kinds: own.map(({ type, name }) => `${type.split(":")[2]} ${name}`) };
}

test.each([
  { kind: "gang", want: ["TrainingJob gang-job"] },
  { kind: "jobset", want: ["JobSet jobset-job"] },
  { kind: "trainjob", want: ["TrainJob trainjob-job", "TrainingRuntime trainjob-job-runtime"] },
  { kind: "rayjob", want: ["RayJob rayjob-job"] },
  { kind: "raycluster", want: ["RayCluster raycluster-job"] },
  { kind: "leaderworkerset", want: ["LeaderWorkerSet leaderworkerset-job"] },
  { kind: "mpijob", want: ["MpiJob mpijob-job"] },
] as const)("$kind becomes its component", async ({ kind, want }) => {
  const { kinds, outputs } = await build(makeJob(kind));
  expect(kinds).toEqual(expect.arrayContaining([...want]));
  expect(kinds.length).toBe(want.length + 1);
  expect(outputs?.jobs).toEqual([{ namespace: "research", name: `${kind}-job`, accelerators: 16 }]);
});

test.each([
  { kind: "jobset", at: (spec: Spec) => spec.replicatedJobs[0]?.template.spec.template.metadata.annotations },
  { kind: "rayjob", at: (spec: Spec) => spec.metadata },
] as const)("$kind: the simulated duration", async ({ kind, at }) => {
  const { resources } = await build(makeJob(kind, { runSeconds: 5 }));
  const found = resources.find(({ name, inputs }) => name === `${kind}-job` && "spec" in inputs);
  expect(at(found?.inputs.spec as Spec)).toEqual({ "plinth.dev/finish-after": "5s" });
});

interface Spec {
  metadata: object;
  replicatedJobs: { template: { spec: { template: { metadata: { annotations: object } } } } }[];
}

test("teams may use the kinds of the controllers that are installed, and outlive none of them", async () => {
  const { resources } = await build(makeJob("gang"));
  const role = resources.find(({ type, name }) => type.endsWith(":Role") && name === "research-member");
  const rules = (role?.inputs.rules ?? []) as { apiGroups: string[] }[];
  const groups = rules.flatMap(({ apiGroups }) => apiGroups);
  for (const group of ["jobset.x-k8s.io", "trainer.kubeflow.org", "ray.io", "leaderworkerset.x-k8s.io"]) {
    expect(groups).toContain(group);
  }
  const namespace = resources.find(({ type, name }) => type.endsWith(":Namespace") && name === "research");
  expect(namespace?.dependsOn).toEqual(expect.arrayContaining(["jobset", "trainer", "lws", "kuberay"]));
});

/** What the containers with accelerators are limited to of the network, and the variables that tell of it. */
async function network(job: WrittenJob) {
  const { resources } = await build(job, (stack) => Object.assign(stack.pools[0], { fabric: infiniband }));
  const found: Container[] = [];
  for (const { inputs } of resources) collect(inputs.spec, found);
  const accelerated = found.filter(({ resources: own }) => own?.limits?.["nvidia.com/gpu"]);
  return accelerated.map(({ resources: own, env = [] }) => [
    own?.limits?.["rdma/ib"] ?? "0",
    env.filter(({ name }) => name === "NCCL_IB_HCA").length,
  ]);
}

interface Container {
  readonly image?: unknown;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly resources?: { readonly limits?: Readonly<Record<string, string>> };
}

function collect(value: unknown, found: Container[]): void {
  if (typeof value !== "object" || value === null) return;
  const container = value as Container;
  if (typeof container.image === "string" && container.resources) found.push(container);
  else for (const inner of Object.values(value)) collect(inner, found);
}

test.each([
  { kind: "gang", pods: 1 },
  { kind: "jobset", pods: 1 },
  { kind: "trainjob", pods: 1 },
  { kind: "rayjob", pods: 1 },
  { kind: "raycluster", pods: 1 },
  { kind: "leaderworkerset", pods: 1 },
  { kind: "mpijob", pods: 2 },
] as const)("$kind over nodes asks for their network in each pod", async ({ kind, pods }) => {
  expect(await network(makeJob(kind))).toEqual(Array.from({ length: pods }, () => ["8", 1]));
});

const small = { nodes: 1, acceleratorsPerNode: 8 };

test.each([
  { kind: "gang", own: small },
  { kind: "jobset", own: { roles: [{ name: "trainer", ...small, image: placeholder }] } },
  { kind: "trainjob", own: small },
  { kind: "rayjob", own: { workers: [{ name: "gpu", ...small }] } },
  { kind: "raycluster", own: { workers: [{ name: "gpu", ...small }] } },
  { kind: "leaderworkerset", own: { ...small, groups: 2 } },
] as const)("$kind of one pod asks for none of it", async ({ kind, own }) => {
  expect(await network(makeJob(kind, own))).toEqual([["0", 0]]);
});

test.each([
  { kind: "gang", pods: 1 },
  { kind: "jobset", pods: 1 },
  { kind: "trainjob", pods: 1, name: "$(PLINTH_JOB)" },
  { kind: "rayjob", pods: 2 },
  { kind: "mpijob", pods: 2 },
] as const)("$kind with checkpoints has its address in every pod, after the keys", async (row) => {
  const { kind, pods, name = `${kind}-job` } = row as typeof row & { readonly name?: string };
  const { resources } = await build(makeJob(kind, { checkpoints: { graceSeconds: 60 } }), (stack) => {
    Object.assign(stack, { objectStore: storeEntry });
    Object.assign(stack.teams[0], { objectStore: true });
  });
  const found: Container[] = [];
  for (const { inputs } of resources) collect(inputs.spec, found);
  const addresses = found.map(({ env = [] }) => env.filter((row) => row.name === "PLINTH_CHECKPOINT_URL"));
  const address = { name: "PLINTH_CHECKPOINT_URL", value: `s3://models/checkpoints/research/${name}` };
  expect(addresses).toEqual(Array.from({ length: pods }, () => [address]));
  const graces = resources.flatMap(
    ({ inputs }) => JSON.stringify(inputs).match(/GracePeriodSeconds":60/g) ?? [],
  );
  expect(graces.length).toBe(pods);
  const job = resources.find(({ inputs }) =>
    JSON.stringify(inputs.spec ?? "").includes("PLINTH_CHECKPOINT_URL"),
  );
  expect(job?.dependsOn).toContain("research-object-store");
});

test("a gang in one domain of NVLink asks Kueue by the level of NVLink", async () => {
  const topology = { mode: "required", domain: "nvlink" } as const;
  const { resources } = await build(makeJob("gang", { topology }), (stack) =>
    Object.assign(stack, { topology: { nodesPerRack: 4, nodesPerNvlinkDomain: 2 } }),
  );
  const specs = (kind: string) =>
    resources.filter(({ type }) => type.endsWith(`:${kind}`)).map(({ inputs }) => inputs.spec);
  expect(specs("Job")).toMatchObject([
    {
      template: {
        metadata: {
          annotations: { "kueue.x-k8s.io/podset-required-topology": "topology.plinth.dev/nvlink" },
        },
      },
    },
  ]);
  expect(specs("Topology")).toEqual([
    {
      levels: [
        { nodeLabel: "topology.plinth.dev/block" },
        { nodeLabel: "topology.plinth.dev/rack" },
        { nodeLabel: "topology.plinth.dev/nvlink" },
        { nodeLabel: "kubernetes.io/hostname" },
      ],
    },
  ]);
  expect(specs("ResourceFlavor")).toMatchObject([{ topologyName: "default" }, { topologyName: "default" }]);
});

test("a job in a pool of slices asks Kueue for one, whole, and its pods know its hosts", async () => {
  const resources = await record(() => {
    local(localConfig(sliceStack(firstSlices)));
  });
  const specOf = (kind: string, name: string) =>
    resources.find(({ type, inputs }) => type.endsWith(`:${kind}`) && nameOf(inputs) === name)?.inputs.spec;
  const { template } = specOf("Job", "first") as { template: Template };
  const { replicatedJobs } = specOf("JobSet", "second") as JobSetSpec;
  const small = (specOf("Job", "small") as { template: Template }).template;
  const role = replicatedJobs[0]?.template.spec.template;
  const required = "kueue.x-k8s.io/podset-required-topology";
  const { leaderWorkerTemplate } = specOf("LeaderWorkerSet", "serve") as GroupSpec;
  const group = leaderWorkerTemplate.workerTemplate;
  expect([template, role, group, small].map((pod) => pod?.metadata.annotations[required])).toEqual([
    "cloud.google.com/gke-nodepool",
    "cloud.google.com/gke-nodepool",
    "cloud.google.com/gke-nodepool",
    "kubernetes.io/hostname",
  ]);
  const hosts = [template, role, small].map(
    (pod) => pod?.spec.containers[0]?.env.find(({ name }) => name === "TPU_WORKER_HOSTNAMES")?.value,
  );
  expect(hosts).toEqual([
    "first-0.first,first-1.first",
    "second-trainer-0-0.second,second-trainer-0-1.second",
    "small-0.small",
  ]);
  expect(template.spec.containers[0]?.resources.limits).toMatchObject({ "google.com/tpu": "4" });
  const flavors = ["tpu", "single"].map((pool) => specOf("ResourceFlavor", pool));
  expect(flavors).toMatchObject([
    {
      topologyName: "tpu-slices",
      tolerations: [{ key: "google.com/tpu", operator: "Equal", value: "present", effect: "NoSchedule" }],
    },
    { topologyName: "tpu-hosts" },
  ]);
  expect(specOf("Topology", "tpu-slices")).toEqual({
    levels: [{ nodeLabel: "cloud.google.com/gke-nodepool" }, { nodeLabel: "kubernetes.io/hostname" }],
  });
});

interface Template {
  metadata: { annotations: Record<string, string> };
  spec: { containers: { env: { name: string; value?: string }[]; resources: { limits: object } }[] };
}

interface GroupSpec {
  leaderWorkerTemplate: { workerTemplate: Template };
}

interface JobSetSpec {
  replicatedJobs: { template: { spec: { template: Template } } }[];
}

function nameOf(inputs: Record<string, unknown>): string | undefined {
  return (inputs.metadata as { name?: string } | undefined)?.name;
}
