/** What do components and policies cost? `up` beside a flat program of the same objects, and kubectl. */
import { execFile } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectDirectory } from "../embedded/platform.ts";
import { ensureStackConfig, prepareStackDirectory } from "../embedded/stack-config.ts";
import { ensureToolchain } from "../embedded/toolchain/toolchain.ts";
import { TestPlatform } from "../test/support/platform.ts";
import { type FlatObject, FlatProgram, flatObjects } from "./support/flat-program.ts";
import { machine, median, rounded, seconds } from "./support/measure.ts";
import { pulumi } from "./support/pulumi.ts";
import type { Table } from "./support/table.ts";

const rounds = 3;
const goal = 1.2;
const baselinePack = join(projectDirectory, "policies", "packs", "baseline");
const run = promisify(execFile);
const upFlags = ["--yes", "--suppress-progress", "--suppress-outputs"];

/** Every program gets fresh clusters of its own, in turn, so that all see the same machine. */
async function measure(): Promise<Table> {
  let objects: readonly FlatObject[] = [];
  const programs: readonly { name: string; run(platform: TestPlatform): Promise<Times> }[] = [
    {
      name: "plinth: preview and baseline pack",
      run: async (platform) => {
        const times = await plinthTimes(platform, ["--policy-pack", baselinePack]);
        objects = await objectsOf(platform);
        return times;
      },
    },
    { name: "plinth without the pack", run: (platform) => plinthTimes(platform, []) },
    { name: "flat program, Pulumi's own settings", run: (platform) => plainTimes(platform, objects) },
    { name: "flat program, Plinth's settings", run: (platform) => flatTimes(platform, objects) },
    { name: "kubectl apply --server-side", run: (platform) => kubectlTimes(platform, objects) },
  ];
  const times = programs.map(() => [] as Times[]);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, program] of programs.entries()) {
      times[index]?.push(await withPlatform(program.run));
    }
  }
  const [plinth = [], , plain = [], flat = []] = times;
  const ratio = (other: readonly Times[], pick: (times: Times) => number) =>
    rounded(median(plinth.map((own, index) => pick(own) / pick(other[index] ?? own))));
  const ratios = (other: readonly Times[]) =>
    `first ${ratio(other, ({ first }) => first)}, no change ${ratio(other, ({ noChange }) => noChange)}`;
  return {
    question: "What do components, preview and policy pack cost over a flat program of the same objects?",
    machine: machine(),
    rows: programs.map(({ name }, index) => ({
      program: name,
      objects: objects.length,
      firstSeconds: rounded(median(times[index]?.map(({ first }) => first) ?? [])),
      noChangeSeconds: rounded(median(times[index]?.map(({ noChange }) => noChange) ?? [])),
    })),
    notes: [
      `Plinth over the flat program as Pulumi runs it, median of ${rounds} pairs: ` +
        `${ratios(plain)}; goal ${goal}.`,
      `Over the flat program with Plinth's settings of the engine: ${ratios(flat)}.`,
      "All preview first and wait until Kueue is ready, kubectl previews nothing; cluster and stack exist " +
        "before the clock starts.",
    ],
  };
}

export { measure as run };

interface Times {
  readonly first: number;
  readonly noChange: number;
}

async function withPlatform<T>(work: (platform: TestPlatform) => Promise<T>): Promise<T> {
  const platform = new TestPlatform();
  try {
    await platform.must("cluster", "up");
    return await work(platform);
  } finally {
    await platform.remove();
  }
}

/** The engine's part of `npm run up`: its flags, its preview and its stack file. */
async function plinthTimes(platform: TestPlatform, flags: readonly string[]): Promise<Times> {
  const directory = prepareStackDirectory(platform.state, projectDirectory);
  const shipped = join(projectDirectory, "stacks", "config", "Pulumi.local.yaml");
  await pulumi(platform, directory, ["stack", "init", "local", "--no-select"]);
  const file = ensureStackConfig(platform.state, "local", shipped);
  const args = ["up", "--stack", "local", "--config-file", file, ...upFlags, ...flags];
  const up = () => pulumi(platform, projectDirectory, args);
  return { first: await seconds(up), noChange: await seconds(up) };
}

async function objectsOf(platform: TestPlatform): Promise<FlatObject[]> {
  const args = ["stack", "export", "--stack", "local", "--show-secrets"];
  return flatObjects(JSON.parse(await pulumi(platform, projectDirectory, args)).deployment.resources);
}

/** As a new user of Pulumi's file backend would run it: nothing set but where things are. */
async function plainTimes(platform: TestPlatform, objects: readonly FlatObject[]): Promise<Times> {
  const home = platform.state.directory("plain-home");
  const backend = platform.state.directory("plain-backend");
  await pulumi(platform, projectDirectory, ["version"]);
  symlinkSync(platform.state.path("pulumi", "home", "plugins"), join(home, "plugins"));
  return flatTimes(platform, objects, {
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: undefined,
    PULUMI_DIY_BACKEND_ZSTD: undefined,
    NODE_COMPILE_CACHE: undefined,
  });
}

async function flatTimes(
  platform: TestPlatform,
  objects: readonly FlatObject[],
  variables: NodeJS.ProcessEnv = {},
): Promise<Times> {
  const flat = new FlatProgram(objects);
  try {
    await pulumi(platform, flat.directory, ["stack", "init", "flat"], variables);
    const up = () => pulumi(platform, flat.directory, ["up", "--stack", "flat", ...upFlags], variables);
    return { first: await seconds(up), noChange: await seconds(up) };
  } finally {
    flat.remove();
  }
}

/** Kueue first and the rest once it answers its webhooks, as a person with a shell would do it. */
async function kubectlTimes(platform: TestPlatform, objects: readonly FlatObject[]): Promise<Times> {
  const { binaries } = await ensureToolchain({ only: ["kubectl"] });
  const kubectl = (...args: string[]) =>
    run(binaries.kubectl, ["--kubeconfig", platform.state.kubeconfig, ...args]);
  const needsKueue = ({ type, inputs }: FlatObject) =>
    type.includes("kueue.x-k8s.io") || inputs.kind === "Job";
  const files = [objects.filter((object) => !needsKueue(object)), objects.filter(needsKueue)].map(
    (part, index) => {
      const file = join(platform.state.root, `objects-${index}.json`);
      writeFileSync(
        file,
        JSON.stringify({ apiVersion: "v1", kind: "List", items: part.map(({ inputs }) => inputs) }),
      );
      return file;
    },
  );
  const apply = async () => {
    await kubectl("apply", "--server-side", "--filename", files[0] ?? "");
    await kubectl("--namespace", "kueue-system", "rollout", "status", "deployment/kueue-controller-manager");
    await kubectl("apply", "--server-side", "--filename", files[1] ?? "");
  };
  return { first: await seconds(apply), noChange: await seconds(apply) };
}
