/** The runtime as an npm package: packed, installed elsewhere without a network, and used as by its users. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { prebuildNative } from "../../runtime/device/native-build.ts";
import { writeNpmPackage } from "../../runtime/npm/npm-package.ts";
import { tinyModelDirectory } from "../../runtime/tiny/tiny-directory.ts";
import { packageRegistry } from "../support/runtime/package-registry.ts";
import { ServedRuntime } from "../support/runtime/served-runtime.ts";

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

const directory = mkdtempSync(join(tmpdir(), "plinth-package-"));
const place = (...names: string[]) => join(directory, ...names);
/** This Node, and nothing else beside what the machine has: whoever installs the package has Node 24. */
const environment = { PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };
const plinth = place("project", "node_modules", ".bin", "plinth");
const installed = place("project", "node_modules", "plinth-runtime");

let model: string;
let tarballs: readonly string[];
let missing: readonly string[];

function run(program: string, args: readonly string[], change: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const env = { ...process.env, ...environment, ...change };
  return new Promise((resolve) => {
    execFile(program, [...args], { env, cwd: place("project") }, (error, output, errors) => {
      resolve({ code: error ? Number(error.code) : 0, output, errors });
    });
  });
}

/** The package's own command, as npm links it. */
const runtime = (...args: string[]) => run(plinth, ["runtime", ...args]);

/** npm's own settings of whoever runs the tests are not asked. */
async function npm(...args: string[]): Promise<void> {
  const flags = ["--userconfig", place("npmrc"), "--cache", place("cache"), "--loglevel=error"];
  const { code, errors } = await run("npm", [...args, ...flags]);
  expect(code, errors).toBe(0);
}

async function packed(name: string): Promise<string> {
  const to = place(`${name}-tarball`);
  mkdirSync(to);
  await npm("pack", place(name), "--offline", "--pack-destination", to);
  return join(to, readdirSync(to)[0] ?? "");
}

beforeAll(async () => {
  model = await tinyModelDirectory();
  mkdirSync(place("project"));
  writeFileSync(place("project", "package.json"), JSON.stringify({ name: "mine", private: true }));
  await prebuildNative(place("prebuilds"));
  const made = await ServedRuntime.run("package", "--to", place("one"), "--prebuilds", place("prebuilds"));
  expect([await made.exited, made.errors]).toEqual([0, ""]);
  await writeNpmPackage({ directory: place("other"), prebuilds: place("prebuilds") });
  tarballs = [await packed("one"), await packed("other")];
  const { dependencies } = JSON.parse(readFileSync(place("one", "package.json"), "utf8"));
  const registry = await packageRegistry(Object.keys(dependencies));
  await npm("install", tarballs[0] ?? "", "--registry", registry.url, "--no-audit", "--no-fund");
  registry.close();
  missing = registry.missing;
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("the same files are the same tarball, and nothing was missing where it was installed", () => {
  const [one, other] = tarballs.map((file) => readFileSync(file));
  expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
  expect(missing).toEqual([]);
  const own = readdirSync(installed, { recursive: true, encoding: "utf8" });
  const staged = readdirSync(place("one"), { recursive: true, encoding: "utf8" });
  expect(own.sort()).toEqual(staged.sort());
});

test("doctor uses the kernels that came with it", async () => {
  const { code, output, errors } = await runtime("doctor", "--model", model, "--json");
  expect([code, errors]).toEqual([0, ""]);
  const { kernels, device } = JSON.parse(output);
  expect(kernels).toMatch(/^prebuilt: .+\/plinth-runtime\/prebuilds\/linux-\w+\/plinth-[0-9a-f]{32}\.node$/);
  expect(device).toMatch(/^cpu \(.+\)$/);
});

test("serve answers a chat with words, and ends as it should", async () => {
  const served = await ServedRuntime.serve(model, {}, environment, [plinth, "runtime"]);
  const response = await fetch(`${served.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "tiny",
      temperature: 0,
      messages: [{ role: "user", content: "What is a ClusterQueue?" }],
    }),
  });
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  expect(choices[0]?.message.content).toMatch(/queue/i);
  expect((await served.get("/")).text).toContain("<title>Plinth runtime</title>");
  expect(await served.stop()).toBe(0);
  expect(served.errors).not.toMatch(/warning/i);
});

test("bench starts a server of the same package, and quantize writes a model", async () => {
  const flags = ["--requests", "4", "--warmup", "0", "--prompt-tokens", "8", "--answer-tokens", "4"];
  const { code, output } = await runtime("bench", "--model", model, ...flags);
  expect([code, JSON.parse(output).completed]).toEqual([0, 4]);
  const made = await runtime("quantize", "--model", model, "--to", place("small"), "--weights", "int8");
  expect([made.code, made.errors]).toEqual([0, ""]);
  expect(readdirSync(place("small"))).toContain("model.safetensors");
});

test.each([
  { case: "no command", args: [], want: /^Usage: plinth runtime COMMAND/ },
  {
    case: "a command of a checkout",
    args: ["runtime", "image"],
    want: /^there is no command image\n\nUsage/,
  },
  { case: "no part of it", args: ["up"], want: /^plinth up is not known here, plinth runtime is\n\nUsage/ },
  { case: "a flag", args: ["runtime", "serve", "--modle", "x"], want: /^Unknown option '--modle'/ },
])("$case is told as a wrong usage", async ({ args, want }) => {
  const { code, output, errors } = await run(plinth, args);
  expect([code, output]).toEqual([2, ""]);
  expect(errors).toMatch(want);
});

test("a package has to be told where to lie", async () => {
  const none = await ServedRuntime.run("package");
  expect([await none.exited, none.errors]).toEqual([2, "--to: the directory of the package is wanted\n"]);
  const there = await ServedRuntime.run("package", "--to", place("one"));
  expect([await there.exited, there.errors]).toEqual([
    2,
    `--to: ${place("one")} is there already; name a directory that is not\n`,
  ]);
});

test("without them the same sources are built, or it is said with what they would be", async () => {
  const [prebuilt = ""] = readdirSync(join(installed, "prebuilds"), { recursive: true, encoding: "utf8" })
    .map((name) => /plinth-([0-9a-f]{32})\.node$/.exec(name)?.[1] ?? "")
    .filter((key) => key !== "");
  rmSync(join(installed, "prebuilds"), { recursive: true });
  // They were built on this machine before: from these very bytes, or they would have another name.
  const { code, output } = await runtime("doctor", "--model", model, "--json");
  expect([code, JSON.parse(output).kernels]).toEqual([
    0,
    expect.stringMatching(new RegExp(`^built here: .+/${prebuilt}/plinth\\.node$`)),
  ]);
  const elsewhere = { PATH: dirname(process.execPath), XDG_CACHE_HOME: place("nothing") };
  const failed = await run(plinth, ["runtime", "doctor", "--model", model], elsewhere);
  expect(failed.code).toBe(1);
  expect(failed.errors).toMatch(
    /the C\+\+ compiler g\+\+ is not there: the runtime's kernels are built with it/,
  );
});
