/** The charts of a site without internet: their makers' own wherever these can be had, else empty ones. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type ChartPin, charts } from "../../components/catalogue/versions.ts";
import type { ChartName } from "../../components/cluster/contract.ts";
import { ensureToolchain } from "../../embedded/toolchain/toolchain.ts";
import type { ServedChart } from "./chart-repository.ts";

/** In the toolchain, without definitions of kinds; and what of each needs a network of pods: none is here. */
const toolchainCharts = {
  kueue: ["templates/webhook", "templates/visibility"],
  jobset: ["templates/webhook/manifests.yaml"],
  trainer: ["validating", "mutating"].map((kind) => `templates/webhook/${kind}_webhook_configuration.yaml`),
  lws: ["templates/webhook/webhook.yaml"],
} as const satisfies Partial<Record<ChartName, readonly string[]>>;

/** In Go modules that test/support/charts pins, whole but for `without`. */
const moduleCharts: Partial<Record<ChartName, ModuleChart>> = {
  kuberay: { module: "github.com/ray-project/kuberay", folder: "helm-chart/kuberay-operator" },
  volcano: { module: "volcano.sh/volcano", folder: "installer/helm/chart/volcano" },
  kserveCrd: { module: "github.com/kserve/kserve", folder: "charts/kserve-crd" },
  kserve: { module: "github.com/kserve/kserve", folder: "charts/kserve-resources" },
  metallb: {
    module: "go.universe.tf/metallb",
    folder: "charts/metallb",
    // Its controller would have to answer before an address could be given to it.
    without: ["templates/webhooks.yaml"],
  },
};

interface ModuleChart {
  readonly module: string;
  readonly folder: string;
  readonly without?: readonly string[];
}

/** The charts at the catalogue's versions, to be served. */
export function siteCharts(names: readonly ChartName[]): Promise<ServedChart[]> {
  return Promise.all(names.map(siteChart));
}

async function siteChart(chart: ChartName): Promise<ServedChart> {
  const pin: ChartPin = charts[chart];
  const named = { name: pin.name, version: pin.tag ?? pin.version };
  if (isInToolchain(chart)) return { ...named, ...(await toolchainChart(chart)) };
  const own = moduleCharts[chart];
  return own === undefined ? named : { ...named, ...(await moduleChart(own, pin.version)) };
}

/** Which of the charts are their makers' own, and which are empty, as "name version". */
export function origins(served: readonly ServedChart[]) {
  const told = (isOwn: boolean) =>
    served
      .filter(({ folder }) => (folder !== undefined) === isOwn)
      .map(({ name, version }) => `${name} ${version}`)
      .sort();
  return { own: told(true), empty: told(false) };
}

function isInToolchain(chart: ChartName): chart is keyof typeof toolchainCharts {
  return chart in toolchainCharts;
}

async function toolchainChart(chart: keyof typeof toolchainCharts) {
  const { share } = await ensureToolchain({ only: [chart] });
  const files = definitionsIn(share[`${chart}/crds`]);
  return { folder: share[`${chart}/chart`], without: toolchainCharts[chart], files };
}

/** The toolchain keeps definitions beside a chart; a chart has them in a folder of its own. */
function definitionsIn(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter((name) => name.includes(".x-k8s.io_") || name.includes(".org_"));
  return Object.fromEntries(
    names.map((name) => [join("crds", name), readFileSync(join(folder, name), "utf8")]),
  );
}

const downloads = join(import.meta.dirname, "charts");

/** Downloads the module unless it is there; Go compares it with go.sum. */
async function moduleChart({ module, folder, without = [] }: ModuleChart, version: string) {
  const { stdout } = await promisify(execFile)("go", ["mod", "download", "-json", module], {
    cwd: downloads,
    env: { ...process.env, GOWORK: "off", GOFLAGS: "-mod=readonly" },
  });
  const { Dir, Version } = JSON.parse(stdout) as { Dir: string; Version: string };
  if (Version !== `v${version}`) {
    throw new Error(`${module}: go.mod has ${Version}, the catalogue pins ${version}`);
  }
  return { folder: join(Dir, folder), without };
}
