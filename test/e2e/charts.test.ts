/** Charts of other makers as they are: installed with the platform's values, upgraded, removed. */
import { join } from "node:path";
import type { V1CustomResourceDefinition, V1Deployment } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { images } from "../../components/catalogue/versions.ts";
import { projectDirectory } from "../../embedded/platform.ts";
import { type ChartRepository, type ServedChart, serveCharts } from "../support/chart-repository.ts";
import { changeSummary } from "../support/engine-output.ts";
import { everyObject } from "../support/every-object.ts";
import {
  addDefaultDisks,
  addNetworkPlugin,
  addNodes,
  anyDefinition,
  siteLabels,
} from "../support/existing-site.ts";
import { TestPlatform } from "../support/platform.ts";
import { type PulumiWorkspace, pulumiWorkspace } from "../support/pulumi-cli.ts";
import { origins, siteCharts } from "../support/site-charts.ts";
import { failure, initSite, onSite } from "../support/site-stack.ts";

const platform = new TestPlatform();
let charts: ServedChart[];
let repository: ChartRepository;
let workspace: PulumiWorkspace;
let before: Set<string>;

beforeAll(async () => {
  await platform.must("cluster", "up");
  charts = await siteCharts(["kuberay", "volcano", "kserveCrd", "kserve", "gpuOperator"]);
  repository = await serveCharts(charts);
  await addNodes(platform.api);
  await addNetworkPlugin(platform.api);
  await addDefaultDisks(platform.api);
  await initSite(platform);
  before = new Set((await everyObject(platform.api)).keys());
});
afterAll(async () => {
  workspace?.remove();
  await repository?.close();
  await platform.remove();
});

/** Ray and Volcano on a site, by a stack file and nothing else. */
function stackFile(): string {
  return platform.stackFile({
    environment: "onprem",
    kubeconfig: platform.state.kubeconfig,
    distribution: "kubeadm",
    domainLabels: { rack: siteLabels.rack },
    chartMirror: repository.url,
    pools: [
      {
        name: "h100",
        accelerator: "nvidia-h100-80gb-sxm",
        nodes: 2,
        acceleratorsPerNode: 8,
        nodeSelector: { [siteLabels.pool]: "dgx" },
      },
    ],
    queueing: { backend: "volcano", cohorts: ["platform"] },
    training: { controllers: ["kuberay"] },
    teams: [
      {
        name: "research",
        costCenter: "cc-1",
        cohort: "platform",
        quotas: [{ pool: "h100", accelerators: 16 }],
      },
    ],
  });
}

const pulumi = (...command: string[]) => onSite(platform, command, stackFile());

/** Names of the kinds of some groups that the API server serves by a definition. */
async function servedKinds(groups: RegExp): Promise<string[]> {
  const definitions = await platform.api.list<V1CustomResourceDefinition>(
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  );
  const served = definitions.filter(({ status }) =>
    status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True"),
  );
  const names = served.map(({ metadata }) => metadata?.name ?? "");
  return names.filter((name) => groups.test(name)).sort();
}

/** Images and ready replicas of the Deployments of a namespace, by their names. */
async function deployed(namespace: string) {
  const found = await platform.api.list<V1Deployment>(`/apis/apps/v1/namespaces/${namespace}/deployments`);
  return Object.fromEntries(
    found.map(({ metadata, spec, status }) => [
      metadata?.name,
      [status?.readyReplicas, ...(spec?.template.spec?.containers.map(({ image }) => image) ?? [])],
    ]),
  );
}

/** Charts that came from the repository. */
const fetched = () => [...new Set(repository.asked.filter((path) => path.endsWith(".tgz")))].sort();

/** What is there beyond what was before, less definitions and what the control plane makes of its own. */
async function left(): Promise<string[]> {
  const own = /^(CustomResourceDefinition|APIService|Event|Lease|IPAddress)\b/;
  return [...(await everyObject(platform.api)).keys()].filter((key) => !before.has(key) && !own.test(key));
}

test("their makers' own: KubeRay, Volcano and KServe; an empty one: the GPU Operator", () => {
  expect(origins(charts)).toEqual({
    own: ["kserve-crd v0.20.0", "kserve-resources v0.20.0", "kuberay-operator 1.6.2", "volcano 1.14.1"],
    empty: ["gpu-operator v26.7.0"],
  });
});

const rayKinds = ["rayclusters", "raycronjobs", "rayjobs", "rayservices"].map((kind) => `${kind}.ray.io`);
const newKind = "raycronjobs.ray.io";

test("an on-prem stack with Ray and Volcano installs both, and their Deployments are ready", async () => {
  // As an earlier release of it was: without the kind that came last.
  const earlier = charts.find(({ name }) => name === "kuberay-operator") as ServedChart;
  repository.replace({ ...earlier, without: ["crds/ray.io_raycronjobs.yaml"] });
  expect(failure(await pulumi("up", "--yes", "--skip-preview"))).toBe("");
  const wanted = ["gpu-operator-v26.7.0", "kuberay-operator-1.6.2", "volcano-1.14.1"];
  expect(fetched()).toEqual(wanted.map((name) => `/${name}.tgz`));
  expect(await servedKinds(/\.ray\.io$/)).toEqual(rayKinds.filter((kind) => kind !== newKind));
  expect(await servedKinds(/volcano\.sh$/)).toEqual([
    "colocationconfigurations.config.volcano.sh",
    "commands.bus.volcano.sh",
    "cronjobs.batch.volcano.sh",
    "hypernodes.topology.volcano.sh",
    "jobflows.flow.volcano.sh",
    "jobs.batch.volcano.sh",
    "jobtemplates.flow.volcano.sh",
    "nodeshards.shard.volcano.sh",
    "numatopologies.nodeinfo.volcano.sh",
    "podgroups.scheduling.volcano.sh",
    "queues.scheduling.volcano.sh",
  ]);
  expect(await deployed("kuberay-system")).toEqual({ "kuberay-operator": [1, images.kuberay.reference] });
  expect(await deployed("volcano-system")).toEqual({
    "volcano-controllers": [1, images.volcanoControllers.reference],
    "volcano-scheduler": [1, images.volcanoScheduler.reference],
  });
  const queue = await platform.api.get<{ spec: object }>(
    "/apis/scheduling.volcano.sh/v1beta1/queues/research-h100",
  );
  expect(queue.spec).toMatchObject({ deserved: { "nvidia.com/gpu": "16" } });
});

test("a second preview changes nothing", async () => {
  const { code, stdout } = await pulumi("preview");
  expect(code).toBe(0);
  expect(changeSummary(stdout)).toEqual([expect.stringMatching(/^\d+ unchanged$/)]);
});

test("a newer release brings its new kinds with it, and objects of the others stay (F50)", async () => {
  const clusters = "/apis/ray.io/v1/namespaces/default/rayclusters";
  const container = { name: "ray", image: "ray" };
  const group = { rayStartParams: {}, template: { spec: { containers: [container] } } };
  const made = await platform.api.create<{ metadata: { uid: string } }>(clusters, {
    apiVersion: "ray.io/v1",
    kind: "RayCluster",
    metadata: { name: "kept" },
    spec: { headGroupSpec: group },
  });
  repository.replace(charts.find(({ name }) => name === "kuberay-operator") as ServedChart);
  const { code, stdout, stderr } = await pulumi("up", "--yes", "--skip-preview");
  expect(failure({ code, stdout, stderr })).toBe("");
  expect(changeSummary(stdout)).toEqual(["+ 1 created", expect.stringMatching(/^\d+ unchanged$/)]);
  expect(await servedKinds(/\.ray\.io$/)).toEqual(rayKinds);
  const kept = await platform.api.get<{ metadata: { uid: string } }>(`${clusters}/kept`);
  expect(kept.metadata.uid).toBe(made.metadata.uid);
  await platform.api.remove(`${clusters}/kept`);
});

test("destroy leaves definitions of kinds, and nothing else (F68)", async () => {
  expect(failure(await pulumi("destroy", "--yes", "--skip-preview"))).toBe("");
  expect(await servedKinds(/\.ray\.io$/)).toEqual(rayKinds);
  expect(await left()).toEqual([]);
});

/** A program of a user's own on the same site: no stack file asks for KServe. */
async function userProgram(): Promise<PulumiWorkspace> {
  const main = join(projectDirectory, "test", "support", "kserve-program.ts");
  return pulumiWorkspace({ "index.ts": `import ${JSON.stringify(main)};\n` });
}

test("a program installs KServe with its kinds, and removes it", async () => {
  for (const kind of ["Certificate", "Issuer"]) {
    await platform.api.create(
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      anyDefinition("cert-manager.io", "v1", kind),
    );
  }
  workspace = await userProgram();
  const { PULUMI_HOME } = JSON.parse((await platform.must("env", "--json")).stdout);
  const environment = {
    PULUMI_HOME,
    KUBECONFIG: platform.state.kubeconfig,
    PLINTH_TEST_CHARTS: repository.url,
  };
  const run = (...command: string[]) => workspace.run([...command, "--stack", "test"], environment);
  const up = await run("up", "--yes", "--skip-preview");
  expect(up.code, up.output).toBe(0);
  expect(fetched()).toEqual(
    expect.arrayContaining(["/kserve-crd-v0.20.0.tgz", "/kserve-resources-v0.20.0.tgz"]),
  );
  expect(await servedKinds(/\.kserve\.io$/)).toEqual(
    [
      "clusterservingruntimes",
      "clusterstoragecontainers",
      "inferencegraphs",
      "inferenceservices",
      "servingruntimes",
      "trainedmodels",
    ].map((kind) => `${kind}.serving.kserve.io`),
  );
  expect(await deployed("kserve")).toEqual({
    "kserve-controller-manager": [
      1,
      "kserve/kserve-controller:v0.20.0",
      "quay.io/brancz/kube-rbac-proxy:v0.18.0",
    ],
  });
  const settings = await platform.api.get<{ data: Record<string, string> }>(
    "/api/v1/namespaces/kserve/configmaps/inferenceservice-config",
  );
  expect(JSON.parse(settings.data.deploy ?? "")).toEqual({ defaultDeploymentMode: "Standard" });

  const preview = await run("preview");
  expect(changeSummary(preview.output)).toEqual([expect.stringMatching(/^\d+ unchanged$/)]);
  const destroy = await run("destroy", "--yes", "--skip-preview");
  expect(destroy.code, destroy.output).toBe(0);
  expect(await left()).toEqual([]);
});
