/** How long does a preview of a cloud's stack take, and how does that grow with pools and teams? */
import { charts } from "../components/catalogue/versions.ts";
import { type ChartRepository, serveCharts } from "../test/support/chart-repository.ts";
import { makeAwsStack } from "../test/support/cloud/aws-stack.ts";
import { CloudPlatform } from "../test/support/cloud/cloud-platform.ts";
import { makeGcpStack } from "../test/support/gcp-stack.ts";
import { machine, rounded, seconds } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const sizes = [
  { pools: 1, teams: 1 },
  { pools: 5, teams: 10 },
  { pools: 20, teams: 50 },
];
/** The L4 machines of each shipped stack, on demand; one accelerator to a team. */
const clouds = {
  aws: {
    login: "aws",
    stack: makeAwsStack,
    pool: { ...makeAwsStack().pools[1], leastNodes: 3 },
    more: {},
  },
  gcp: {
    login: "gke-gcloud-auth-plugin",
    stack: makeGcpStack,
    pool: { ...makeGcpStack().pools[1], capacity: undefined, minNodes: undefined, zones: ["us-central1-a"] },
    // Those of the shipped file are of its own machines.
    more: { quotas: [] },
  },
};

export async function run(): Promise<Table> {
  const repository = await serveCharts(
    Object.values(charts).map((pin) => ({ name: pin.name, version: "tag" in pin ? pin.tag : pin.version })),
  );
  try {
    const rows: Table["rows"][number][] = [];
    for (const cloud of ["aws", "gcp"] as const) rows.push(...(await previews(cloud, repository)));
    return {
      question:
        "How long does a preview of a cloud's stack take, and how does that grow with pools and teams?",
      machine: machine(),
      rows,
      notes: ["Before anything exists; the providers of the clouds are stand-ins on this machine."],
    };
  } finally {
    await repository.close();
  }
}

async function previews(name: keyof typeof clouds, repository: ChartRepository) {
  const { login, stack, pool, more } = clouds[name];
  const cloud = await CloudPlatform.start(name);
  try {
    cloud.loginCommand(login);
    const rows: Record<string, string | number>[] = [];
    for (const size of sizes) {
      const grown = { ...stack(), ...grownTo(size, pool), ...more, chartMirror: repository.url };
      let steps = 0;
      const taken = await seconds(async () => {
        steps = (await cloud.steps(grown)).length;
      });
      rows.push({
        cloud: name,
        ...size,
        steps,
        seconds: rounded(taken, 1),
        perStep: rounded(taken / steps, 3),
      });
    }
    return rows;
  } finally {
    await cloud.remove();
  }
}

function grownTo({ pools, teams }: { readonly pools: number; readonly teams: number }, pool: object) {
  const names = Array.from({ length: pools }, (_, index) => `pool-${index}`);
  return {
    pools: names.map((name) => ({ ...pool, name, nodes: 3 })),
    queueing: { cohorts: ["platform"] },
    teams: Array.from({ length: teams }, (_, index) => ({
      name: `team-${index}`,
      costCenter: "cc-1",
      cohort: "platform",
      quotas: [{ pool: names[index % pools], accelerators: 1 }],
    })),
    jobs: [],
  };
}
