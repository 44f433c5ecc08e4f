import * as pulumi from "@pulumi/pulumi";
import { expect, test, vi } from "vitest";
import { parseConfig } from "../../components/config.ts";
import type { SiteInventory } from "../../components/planning/site-inventory.ts";
import { type OnpremStack, stackConfig } from "../../stacks/config.ts";
import { onprem, sitePlan } from "../../stacks/onprem.ts";
import type { StackOutputs } from "../../stacks/outputs.ts";
import { record } from "../support/record.ts";
import { makeInventory, makeOnpremStack, makeSitePlan } from "../support/site.ts";

const site = vi.hoisted(() => ({
  inventory: undefined as SiteInventory | undefined,
  asked: [] as unknown[],
}));

vi.mock("../../components/cluster/onprem-inventory.ts", () => ({
  readInventory: async (source: unknown) => {
    site.asked.push(source);
    return site.inventory;
  },
}));

const kubeconfig = "the content of a kubeconfig";

function parseOnprem(stack: unknown): OnpremStack {
  const config = parseConfig(stackConfig, stack, "stack");
  if (config.environment !== "onprem") throw new Error("a test of the site's stack has another one");
  return config;
}

/** With the kubeconfig as a secret: a path would be read. */
async function build(stack: unknown, inventory = makeInventory()) {
  site.inventory = inventory;
  let outputs: StackOutputs | undefined;
  let refusal = "accepted";
  const resources = await record(async () => {
    try {
      outputs = await onprem(parseOnprem(stack), { kubeconfig: pulumi.secret(kubeconfig) });
    } catch (error) {
      refusal = (error as Error).message;
    }
  });
  return { outputs, refusal, resources };
}

const { kubeconfig: _, ...bySecret } = makeOnpremStack();

test("a site with the platform on it: labelled nodes, the GPU Operator, queues and teams", async () => {
  const { resources, outputs, refusal } = await build(bySecret);
  expect(refusal).toBe("accepted");
  const kinds = resources.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);
  expect(kinds).toEqual(
    expect.arrayContaining([
      "Chart gpu-operator",
      "Chart kueue",
      "NodePatch h100-gpu-1",
      "NodePatch h100-gpu-2",
      "ClusterQueue kueue-clusterqueue-research-h100",
      "Namespace research",
    ]),
  );
  expect(kinds.filter((kind) => /^Node /.test(kind))).toEqual([]);
  expect(outputs?.pools).toEqual([
    { name: "h100", accelerator: "nvidia-h100-80gb-sxm", nodes: 2, accelerators: 16 },
  ]);
  const objects = resources.filter(({ type }) => type.startsWith("kubernetes:"));
  expect(objects.filter(({ provider }) => provider !== "onprem")).toEqual([]);
});

test("pods tolerate the taints that the site gave its nodes", async () => {
  const { resources } = await build(bySecret);
  const flavor = resources.find(({ type }) => type.endsWith(":ResourceFlavor"));
  expect(flavor?.inputs.spec).toMatchObject({
    nodeLabels: { "plinth.dev/pool": "h100" },
    nodeTaints: [{ key: "example.org/gpu", value: "h100", effect: "NoSchedule" }],
  });
});

test("a cluster that does not fit is refused with everything at once, nothing registered", async () => {
  const inventory = { ...makeInventory(), kubernetes: "v1.28.3", storageClasses: [] };
  const stack = { ...bySecret, pools: [{ ...bySecret.pools[0], nodes: 4 }] };
  const { refusal, resources } = await build(stack, inventory);
  expect(refusal.split("\n")[0]).toBe(
    "stack, compared with the cluster at https://site.example.org:6443: 5 problems in the configuration",
  );
  for (const path of ["cluster.kubernetes", "cluster.storageClass", "pools[0].nodes"]) {
    expect(refusal).toContain(`\n  ${path}\n`);
  }
  expect(resources).toEqual([]);
});

test("all charts come from the mirror of a site without internet, MetalLB's too", async () => {
  const chartMirror = "https://charts.example.org";
  const loadBalancer = { addresses: ["10.0.0.0/28"] };
  const training = { controllers: ["mpi"] };
  const { resources } = await build({ ...bySecret, chartMirror, loadBalancer, training });
  const charts = resources.filter(({ type }) => type.endsWith(":Chart"));
  expect(charts.map(({ inputs }) => [inputs.chart, inputs.repositoryOpts])).toEqual([
    ["gpu-operator", { repo: chartMirror }],
    ["kueue", { repo: chartMirror }],
    ["metallb", { repo: chartMirror }],
    ["mpi-operator", { repo: chartMirror }],
  ]);
});

test("a chart that nobody publishes is refused without a mirror", async () => {
  const training = { controllers: ["jobset", "mpi"] };
  expect(() => parseOnprem({ ...bySecret, training })).toThrow(
    "  training.controllers[1]\n" +
      "    given    mpi\n" +
      "    allowed  jobset, trainer, lws, kuberay\n" +
      "    do       leave it out, or name a chart mirror that has a chart of the MPI operator\n",
  );
});

test("the secret is read to look at the cluster, and given to nobody else in clear (F96)", async () => {
  site.asked.length = 0;
  const { resources } = await build({ ...bySecret, context: "site" });
  expect(site.asked).toEqual([{ text: kubeconfig, context: "site" }]);
  const holders = resources.filter(({ inputs }) => JSON.stringify(inputs).includes(kubeconfig));
  expect(holders.map(({ type }) => type)).toEqual(["pulumi:providers:kubernetes"]);
});

test.each([
  { case: "a path and a secret", stack: makeOnpremStack(), secrets: { kubeconfig: pulumi.output("text") } },
  { case: "neither a path nor a secret", stack: bySecret, secrets: {} },
])("refused: $case", async ({ stack, secrets }) => {
  await expect(onprem(parseOnprem(stack), secrets)).rejects.toThrow(
    "allowed  a path here, or the content as the secret plinth:kubeconfig",
  );
});

test("what of a stack file a cluster can fail", () => {
  const plan = sitePlan(parseOnprem(makeOnpremStack()));
  expect(plan).toEqual({ ...makeSitePlan(), storageClass: undefined });
  const more = {
    ...makeOnpremStack(),
    storage: { class: "fast", everywhere: true },
    networkPolicies: "enforced",
    loadBalancer: { addresses: ["10.0.0.0/28"] },
    training: { controllers: ["jobset"] },
  };
  more.pools[0] = { ...more.pools[0], sharing: { mode: "dra" } };
  expect(sitePlan(parseOnprem(more))).toMatchObject({
    charts: ["kueue", "jobset", "gpuOperator", "draDriver", "metallb"],
    storageClass: "fast",
    disksEverywhere: true,
    enforcesPolicies: true,
  });
});
