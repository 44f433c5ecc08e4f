/** The shipped stack, brought up by the real command: what it prints, what it makes, what it leaves alone. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { V1Job, V1Node, V1Pod } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { platformLabels, topologyLabels } from "../../components/catalogue/labels.ts";
import { KubeApiError } from "../../embedded/cluster/kube-api.ts";
import { projectDirectory } from "../../embedded/platform.ts";
import { changeSummary } from "../support/engine-output.ts";
import { recordEngineWrites } from "../support/engine-writes.ts";
import { everyObject } from "../support/every-object.ts";
import { objectKeys, plainPulumi, stackResources } from "../support/plain-pulumi.ts";
import { type CommandResult, eventually, TestPlatform } from "../support/platform.ts";
import { pulumiWorkspace } from "../support/pulumi-cli.ts";

const shippedFile = join(projectDirectory, "stacks", "config", "Pulumi.local.yaml");
const shippedText = readFileSync(shippedFile, "utf8");

const platform = new TestPlatform();
let preview: CommandResult;
let up: CommandResult;

beforeAll(async () => {
  preview = await platform.must("preview", "--json");
  up = await platform.must("up", "--json");
});
afterAll(() => platform.remove());

test("prints the status as JSON and nothing else on standard output", () => {
  const status = JSON.parse(up.stdout);
  expect(up.stdout).toBe(`${JSON.stringify(status, null, 2)}\n`);
  const pool = (name: string, accelerator: string) => ({ name, accelerator, resource: "nvidia.com/gpu" });
  const queue = (name: string, nominal: number, used = 0, borrowed = 0, pending = 0) => {
    const [team, pool] = name.split("-");
    return { name, team, pool, nominal, used, borrowed, pending };
  };
  expect(status).toEqual({
    pools: [
      { ...pool("h100", "NVIDIA-H100-80GB-HBM3"), total: 32, used: 24, free: 8, nodes: 4 },
      { ...pool("l40s", "NVIDIA-L40S"), total: 8, used: 0, free: 8, nodes: 2 },
    ],
    queues: [
      queue("language-h100", 12),
      queue("language-l40s", 2),
      queue("research-h100", 16, 16, 0, 1),
      queue("vision-h100", 4, 8, 4),
      queue("vision-l40s", 6),
    ],
    workloads: [
      {
        name: "ablation",
        team: "research",
        queue: "research-h100",
        accelerators: 16,
        state: "Waiting",
        // How many more depends on whether Kueue looked before or after it admitted finetune.
        reason: expect.stringMatching(
          /insufficient unused quota for nvidia\.com\/gpu in flavor h100, (8|12) more needed/,
        ),
      },
      {
        name: "pretrain",
        team: "research",
        queue: "research-h100",
        accelerators: 16,
        state: "Running",
        reason: "2 of 2 pods on 2 nodes",
      },
      {
        name: "finetune",
        team: "vision",
        queue: "vision-h100",
        accelerators: 8,
        state: "Running",
        reason: "1 of 1 pods on 1 node",
      },
    ],
    notebooks: [],
    endpoints: [],
  });
});

test("runs the gang on two nodes of one rack of its pool", async () => {
  const pods = await platform.api.list<V1Pod>(
    "/api/v1/namespaces/research/pods?labelSelector=job-name%3Dpretrain",
  );
  const names = [...new Set(pods.map(({ spec }) => spec?.nodeName))];
  expect([pods.length, names.length]).toEqual([2, 2]);
  const nodes = await Promise.all(names.map((name) => platform.api.get<V1Node>(`/api/v1/nodes/${name}`)));
  const labels = (label: string) => new Set(nodes.map(({ metadata }) => metadata?.labels?.[label]));
  expect(labels(platformLabels.pool)).toEqual(new Set(["h100"]));
  expect(labels(topologyLabels.rack).size).toBe(1);
});

test("lists every resource in the preview, before any of them is there", async () => {
  const { steps } = JSON.parse(preview.stdout) as { steps: { op: string; urn: string }[] };
  expect(new Set(steps.map(({ op }) => op))).toEqual(new Set(["create"]));
  const made = (await stackResources(platform)).filter(({ urn }) => !urn.endsWith("::default"));
  expect(steps.map(({ urn }) => urn).sort()).toEqual(made.map(({ urn }) => urn).sort());
  expect(made.length).toBeGreaterThan(140);
});

test("changes nothing the second time", async () => {
  const before = await settledVersions();
  const writes = recordEngineWrites(platform.state);
  const { stdout } = await platform.must("up");
  expect(changeSummary(stdout)).toEqual([`${await resourceCount()} unchanged`]);
  expect(writes()).toEqual([]);
  expect(await settledVersions()).toEqual(before);
});

test("a plain `pulumi up` changes nothing after it", async () => {
  const configFile = platform.state.path("pulumi", "Pulumi.local.yaml");
  const args = ["up", "--yes", "--stack", "local", "--config-file", configFile];
  const { code, stdout } = await plainPulumi(platform, args);
  expect([code, changeSummary(stdout)]).toEqual([0, [`${await resourceCount()} unchanged`]]);
  expect(readFileSync(shippedFile, "utf8")).toBe(shippedText);
});

test("without --config-file it works as well, and adds the installation's salt to the file", async () => {
  const copy = copyOfProject();
  const { code, stdout } = await plainPulumi(platform, ["up", "--yes", "--stack", "local"], copy);
  expect([code, changeSummary(stdout)]).toEqual([0, [`${await resourceCount()} unchanged`]]);
  const read = (file: string) => parse(readFileSync(file, "utf8"));
  const { encryptionsalt, ...rest } = read(join(copy, "stacks", "config", "Pulumi.local.yaml"));
  expect(rest).toEqual(parse(shippedText));
  expect(encryptionsalt).toBe(read(platform.state.path("pulumi", "Pulumi.local.yaml")).encryptionsalt);
});

const edits = [
  {
    case: "what a team lends changes its queue only",
    edit: { lendingLimit: 6 },
    want: ["patch clusterqueues.kueue.x-k8s.io /language-h100"],
  },
  {
    case: "what a team may borrow changes its queue only",
    edit: { lendingLimit: 6, borrowingLimit: 2 },
    want: ["patch clusterqueues.kueue.x-k8s.io /language-h100"],
  },
  {
    case: "what a team owns changes its queue only",
    edit: { accelerators: 10, lendingLimit: 6, borrowingLimit: 2 },
    want: ["patch clusterqueues.kueue.x-k8s.io /language-h100"],
  },
];

test.each(edits)("$case", async ({ edit, want }) => {
  const before = await generations();
  const writes = recordEngineWrites(platform.state);
  const { stdout } = await platform.must(
    "up",
    "--stack-file",
    platform.stackFile(shippedStack("language", 0, edit)),
  );
  const count = await resourceCount();
  expect(changeSummary(stdout)).toEqual([`~ ${want.length} updated`, `${count - want.length} unchanged`]);
  expect(writes()).toEqual(want);
  const after = await generations();
  const changed = [...before].filter(([key, generation]) => after.get(key) !== generation);
  expect(changed.map(([key]) => key)).toEqual(["ClusterQueue.kueue.x-k8s.io /language-h100"]);
});

const frozen = {
  path: "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic",
  policy: {
    metadata: { name: "frozen" },
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ["kueue.x-k8s.io"],
            apiVersions: ["*"],
            operations: ["UPDATE"],
            resources: ["clusterqueues"],
          },
        ],
      },
      validations: [{ expression: "false", message: "quotas are frozen until the audit ends" }],
    },
  },
  binding: { metadata: { name: "frozen" }, spec: { policyName: "frozen", validationActions: ["Deny"] } },
};

test("shows in the preview what only the API server of this cluster refuses", async () => {
  await platform.api.create(`${frozen.path}ies`, frozen.policy);
  await platform.api.create(`${frozen.path}ybindings`, frozen.binding);
  const queue = "/apis/kueue.x-k8s.io/v1beta2/clusterqueues/vision-l40s?dryRun=All";
  const change = { metadata: { labels: { changed: "yes" } } };
  await eventually(
    () => platform.api.mergePatch(queue, change).then(() => false, isRefused),
    (refused) => refused,
  );
  const writes = recordEngineWrites(platform.state);
  const file = platform.stackFile(shippedStack("vision", 1, { borrowingLimit: 1 }));
  const refused = await platform.run("preview", "--stack-file", file);
  expect(refused.code).toBe(1);
  expect(refused.stdout).toContain(
    "ValidatingAdmissionPolicy 'frozen' with binding 'frozen' denied request: " +
      "quotas are frozen until the audit ends",
  );
  expect(writes()).toEqual([]);
});

const isRefused = (error: unknown) => error instanceof KubeApiError && error.status === 422;

const refusals = [
  'ClusterQueue.kueue.x-k8s.io "strategy" is invalid: [spec.queueingStrategy: ' +
    'Unsupported value: "Fastest": supported values: "StrictFIFO", "BestEffortFIFO"',
  'ResourceFlavor.kueue.x-k8s.io "unlabelled" is invalid: spec: Invalid value: "object": ' +
    "no such key: nodeLabels evaluating rule: at least one nodeLabel is required when topology is set",
  'Node "mislabelled" is invalid: metadata.labels: Invalid value: "two words": a valid label must be',
];

/** Refused by a kind's schema, by a rule in its definition, and by the API server's own validation. */
const refusedProgram = `
import * as k8s from "@pulumi/kubernetes";

const kueue = (kind, name, spec) =>
  new k8s.apiextensions.CustomResource(name, {
    apiVersion: "kueue.x-k8s.io/v1beta2", kind, metadata: { name }, spec,
  });
kueue("ClusterQueue", "strategy", { queueingStrategy: "Fastest" });
kueue("ResourceFlavor", "unlabelled", { topologyName: "default" });
new k8s.core.v1.Node("mislabelled", { metadata: { name: "mislabelled", labels: { pool: "two words" } } });
`;

test("shows in the preview what the API server refuses of a program of one's own", async () => {
  const workspace = await pulumiWorkspace({ "index.ts": refusedProgram });
  onTestFinished(() => workspace.remove());
  const { KUBECONFIG, PULUMI_HOME } = JSON.parse((await platform.must("env", "--json")).stdout);
  const environment = { KUBECONFIG, ...(PULUMI_HOME ? { PULUMI_HOME } : {}) };
  const { code, output } = await workspace.run(["preview", "--stack", "test"], environment);
  expect(code).toBe(1);
  for (const refusal of refusals) expect(output).toContain(refusal);
});

/** The shipped stack with some fields of one team's quota changed. */
function shippedStack(team: string, quota: number, change: object): object {
  const stack = parse(shippedText).config["plinth:platform"];
  const { quotas } = stack.teams.find(({ name }: { name: string }) => name === team);
  Object.assign(quotas[quota], change);
  return stack;
}

/** Plain `pulumi` writes into the stack file of the project that it runs in. */
function copyOfProject(): string {
  const copy = mkdtempSync(join(tmpdir(), "plinth-project-"));
  onTestFinished(() => rmSync(copy, { recursive: true }));
  for (const part of ["Pulumi.yaml", "package.json", "stacks", "components", "controllers", "embedded"]) {
    cpSync(join(projectDirectory, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(projectDirectory, "node_modules"), join(copy, "node_modules"));
  return copy;
}

/** As the engine counts: default providers are no resources of the stack. */
async function resourceCount(): Promise<number> {
  return (await stackResources(platform)).filter(({ urn }) => !urn.endsWith("::default")).length;
}

/** The stack's objects and their versions, once the controllers have written the last of their status. */
async function settledVersions(): Promise<Map<string, string | undefined>> {
  await eventually(
    () => platform.api.list<V1Job>("/apis/batch/v1/jobs"),
    (jobs) => jobs.every(({ spec, status }) => spec?.suspend || status?.ready === spec?.parallelism),
  );
  const [objects, resources] = await Promise.all([everyObject(platform.api), stackResources(platform)]);
  return new Map(objectKeys(resources).map((key) => [key, objects.get(key)?.metadata.resourceVersion]));
}

async function generations(): Promise<Map<string, number>> {
  const objects = await everyObject(platform.api);
  return new Map([...objects].map(([key, { metadata }]) => [key, metadata.generation ?? 0]));
}
