import { expect, test, vi } from "vitest";
import { parseConfig } from "../../components/config.ts";
import { stackConfig } from "../../stacks/config.ts";
import { local } from "../../stacks/local.ts";
import type { StackOutputs } from "../../stacks/outputs.ts";
import { installation, makeStack } from "../support/builders.ts";
import { makeJob, type WrittenJob } from "../support/job-kinds.ts";
import { record } from "../support/record.ts";

vi.mock("../../embedded/installation.ts", () => ({ readInstallation: () => installation }));

async function build(job: WrittenJob) {
  let outputs: StackOutputs | undefined;
  const training = { controllers: ["jobset", "trainer", "lws", "kuberay", "mpi"] };
  const resources = await record(() => {
    outputs = local(parseConfig(stackConfig, { ...makeStack(), training, jobs: [job] }, "stack"));
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
