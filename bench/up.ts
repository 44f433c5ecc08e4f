/** What do components and policies cost? `up` beside a flat program of the same objects, and kubectl. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectDirectory } from "../embedded/platform.ts";
import { ensureToolchain } from "../embedded/toolchain/toolchain.ts";
import { TestPlatform } from "../test/support/platform.ts";
import { type FlatObject, FlatProgram, flatObjects } from "./support/flat-program.ts";
import { machine, median, rounded, seconds } from "./support/measure.ts";
import { pulumi } from "./support/pulumi.ts";
import type { Table } from "./support/table.ts";

const rounds = 3;
const goal = 1.2;
const run = promisify(execFile);
const upFlags = ["--yes", "--suppress-progress", "--suppress-outputs"];

/** Every round brings up three fresh clusters, one after the other, and takes them down again. */
async function measure(): Promise<Table> {
  const times = { plinth: [] as Times[], flat: [] as Times[], kubectl: [] as Times[] };
  let objects: FlatObject[] = [];
  for (let round = 0; round < rounds; round += 1) {
    objects = await withPlatform(async (platform) => {
      times.plinth.push(await plinthTimes(platform));
      const exported = await pulumi(platform, projectDirectory, [
        "stack",
        "export",
        "--stack",
        "local",
        "--show-secrets",
      ]);
      return flatObjects(JSON.parse(exported).deployment.resources);
    });
    await withPlatform(async (platform) => times.flat.push(await flatTimes(platform, objects)));
    await withPlatform(async (platform) => times.kubectl.push(await kubectlTimes(platform, objects)));
  }
  const row = (name: string, own: readonly Times[]) => ({
    program: name,
    objects: objects.length,
    firstSeconds: rounded(median(own.map(({ first }) => first))),
    noChangeSeconds: rounded(median(own.map(({ noChange }) => noChange))),
  });
  const ratio = (pick: (times: Times) => number) =>
    rounded(median(times.plinth.map((own, index) => pick(own) / pick(times.flat[index] ?? own))));
  return {
    question: "What do components, preview and policy pack cost over a flat program of the same objects?",
    machine: machine(),
    rows: [
      row("plinth, preview and baseline pack", times.plinth),
      row("flat program, preview", times.flat),
      row("kubectl apply --server-side", times.kubectl),
    ],
    notes: [
      `Ratio to the flat program, median of ${rounds} pairs: first ${ratio(({ first }) => first)}, ` +
        `no change ${ratio(({ noChange }) => noChange)}; goal ${goal}.`,
      "All three wait until Kueue is ready; the cluster runs before the clock starts.",
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

/** The engine's part of \`npm run up\`: the same flags, preview and pack. */
async function plinthTimes(platform: TestPlatform): Promise<Times> {
  const up = () => platform.must("up", "--json");
  return { first: await seconds(up), noChange: await seconds(up) };
}

async function flatTimes(platform: TestPlatform, objects: readonly FlatObject[]): Promise<Times> {
  const flat = new FlatProgram(objects);
  try {
    await pulumi(platform, flat.directory, ["stack", "init", "flat"]);
    const up = () => pulumi(platform, flat.directory, ["up", "--stack", "flat", ...upFlags]);
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
