/** Which setting of the file backend is fastest, and which of them are safe when the engine is killed? */
import { mkdirSync } from "node:fs";
import { TestPlatform } from "../test/support/platform.ts";
import { FlatProgram } from "./support/flat-program.ts";
import { machine, median, rounded, seconds } from "./support/measure.ts";
import { pulumi } from "./support/pulumi.ts";
import type { Table } from "./support/table.ts";

const objects = 300;
const rounds = 3;

const plain = { PULUMI_DIY_BACKEND_ZSTD: "false" };

/** `safe`: a killed engine leaves a state that names every object made so far. */
const settings = [
  {
    name: "default",
    safe: "yes",
    variables: { PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "false", ...plain },
  },
  { name: "without backup copies", safe: "yes", variables: plain },
  { name: "gzip", safe: "yes", variables: { ...plain, PULUMI_DIY_BACKEND_GZIP: "true" } },
  { name: "zstd (ours)", safe: "yes", variables: {} },
  { name: "parallel diff", safe: "yes", variables: { PULUMI_PARALLEL_DIFF: "true" } },
  {
    name: "checkpoints skipped",
    safe: "no: a killed engine forgets what it made",
    variables: { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" },
  },
] as const;

export async function run(): Promise<Table> {
  const platform = new TestPlatform();
  const flat = new FlatProgram(configMaps());
  try {
    await platform.must("cluster", "up");
    const times = settings.map(() => [] as number[]);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, { variables }] of settings.entries()) {
        times[index]?.push(await measure(platform, flat, `s${round}-${index}`, variables));
      }
    }
    const base = median(times[0] ?? []);
    return {
      question: `How long does the first \`up\` of ${objects} ConfigMaps take on the file backend?`,
      machine: machine(),
      rows: settings.map(({ name, safe }, index) => {
        const own = median(times[index] ?? []);
        return { setting: name, crashSafe: safe, seconds: rounded(own), ratio: rounded(own / base) };
      }),
      notes: [`Flat program without preview, median of ${rounds} rounds in turn.`],
    };
  } finally {
    flat.remove();
    await platform.remove();
  }
}

async function measure(
  platform: TestPlatform,
  flat: FlatProgram,
  name: string,
  variables: NodeJS.ProcessEnv,
) {
  const backend = platform.state.path(name);
  mkdirSync(backend);
  const own = { ...variables, PULUMI_BACKEND_URL: `file://${backend}` };
  const cli = (...args: string[]) => pulumi(platform, flat.directory, args, own);
  await cli("stack", "init", name);
  const flags = ["--stack", name, "--yes", "--skip-preview", "--suppress-progress"];
  const time = await seconds(() => cli("up", ...flags));
  await cli("destroy", ...flags);
  return time;
}

function configMaps() {
  return Array.from({ length: objects }, (_, index) => ({
    type: "kubernetes:core/v1:ConfigMap",
    name: `map-${index}`,
    inputs: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `map-${index}`, namespace: "default" },
      data: { index: String(index) },
    },
    dependsOn: [],
  }));
}
