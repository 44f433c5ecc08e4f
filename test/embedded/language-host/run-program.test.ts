/** Programs under the real engine: what reaches them, and what the user sees when they fail. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { programArguments, runResponse } from "../../../embedded/language-host/run-program.ts";
import { type PulumiWorkspace, pulumiWorkspace } from "../../support/pulumi-cli.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const update = ["up", "--yes", "--skip-preview"];

describe("a program that works", () => {
  let workspace: PulumiWorkspace;
  beforeAll(async () => {
    workspace = await pulumiWorkspace({
      "index.ts": `
import * as pulumi from "@pulumi/pulumi";
const config = new pulumi.Config();
class Pool extends pulumi.ComponentResource {
  readonly size: pulumi.Output<number>;
  constructor(name: string, size: number) {
    super("demo:index:Pool", name, { size });
    this.size = pulumi.output(size);
    this.registerOutputs({ size: this.size });
  }
}
export const pool = new Pool("h100", config.requireNumber("size")).size;
export const nested = config.requireObject<{ teams: string[] }>("platform").teams;
export const token = config.requireSecret("token");
export const dryRun = pulumi.runtime.isDryRun();
export const where = \`\${pulumi.getOrganization()}/\${pulumi.getProject()}/\${pulumi.getStack()}\`;
export const root = pulumi.getRootDirectory();
export const cwd = process.cwd();
export const execArgv = process.execArgv;
`,
      "Pulumi.yaml":
        "name: demo\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n" +
        "    nodeargs: --stack-trace-limit=0 --title='a b'\n",
    });
    await workspace.run(["config", "set", "size", "4"]);
    await workspace.run(["config", "set", "--path", "platform.teams[0]", "vision"]);
    await workspace.run(["config", "set", "--secret", "token", "hunter2"]);
  });
  afterAll(() => workspace.remove());

  test("knows that a preview is a dry run, and prints no secret", async () => {
    const preview = await workspace.run(["preview"]);
    expect(preview.code).toBe(0);
    expect(preview.output).toMatch(/dryRun *: true/);
    expect(preview.output).toMatch(/token *: \[secret\]/);
    expect(preview.output).not.toContain("hunter2");
  });

  test("gets configuration, secrets and its place; an update is no dry run", async () => {
    expect(await workspace.run(update)).toMatchObject({ code: 0 });
    const outputs = await workspace.run(["stack", "output", "--json", "--show-secrets"]);
    expect(JSON.parse(outputs.stdout)).toEqual({
      pool: 4,
      nested: ["vision"],
      token: "hunter2",
      dryRun: false,
      where: "organization/demo/test",
      root: workspace.directory,
      cwd: workspace.directory,
      execArgv: ["--stack-trace-limit=0", "--title=a b"],
    });
    const state = await workspace.run(["stack", "export"]);
    expect(state.stdout).not.toContain("hunter2");
    const types = JSON.parse(state.stdout).deployment.resources.map(({ type }: { type: string }) => type);
    expect(types).toEqual(["pulumi:pulumi:Stack", "demo:index:Pool"]);
  });
});

const failures = [
  {
    case: "a RunError: its message and no stack",
    program: 'import * as pulumi from "@pulumi/pulumi"; throw new pulumi.RunError("pools.h100: too small");',
    want: [/error: pools\.h100: too small/],
    wantNot: [/ at .*index\.ts/, /exit code/],
  },
  {
    case: "an error: its message and where it was thrown",
    program: 'function grow(): never { throw new Error("out of rails"); }\ngrow();\nexport {};',
    want: [/failed with an unhandled exception/, /Error: out of rails/, /at grow .*index\.ts:1/],
    wantNot: [/exit code/],
  },
  {
    case: "a rejected promise that nobody awaits",
    program: 'void Promise.reject(new Error("forgotten"));\nexport {};',
    want: [/Error: forgotten/],
    wantNot: [/exit code/],
  },
  {
    case: "an exit code, and what was printed before",
    program: 'console.log("last words"); console.error("and a sigh"); process.exit(7);',
    want: [/error: .*the program ended with exit code 7/, /last words/, /and a sigh/],
    wantNot: [],
  },
  {
    case: "a signal",
    program: 'process.kill(process.pid, "SIGKILL"); await new Promise((ended) => setTimeout(ended, 60_000));',
    want: [/error: .*the program was ended by SIGKILL/],
    wantNot: [],
  },
  {
    case: "a syntax that Node cannot strip",
    program: "enum Colour { red }\nexport const colour = Colour.red;",
    want: [/enum/],
    wantNot: [],
  },
];

describe("a program that fails", () => {
  let workspace: PulumiWorkspace;
  beforeAll(async () => {
    workspace = await pulumiWorkspace({});
  });
  afterAll(() => workspace.remove());

  test.each(failures)("$case", async ({ program, want, wantNot }) => {
    writeFileSync(join(workspace.directory, "index.ts"), program);
    const { code, output } = await workspace.run(update);
    expect(code).toBeGreaterThan(0);
    for (const pattern of want) expect(output).toMatch(pattern);
    for (const pattern of wantNot) expect(output).not.toMatch(pattern);
  });

  test("options of the wrong kind are named", async () => {
    const project = "name: demo\nruntime: {name: nodejs, options: {typescript: 'no'}}\n";
    writeFileSync(join(workspace.directory, "Pulumi.yaml"), project);
    const { code, output } = await workspace.run(update);
    expect(code).toBeGreaterThan(0);
    expect(output).toContain("typescript: Invalid input: expected boolean, received string");
  });
});

test("by default a program runs through ts-node, which knows every syntax", async () => {
  const workspace = await pulumiWorkspace({
    "Pulumi.yaml": "name: demo\nruntime: nodejs\n",
    "package.json": "{}",
    "index.ts": 'enum Colour { red = "rot" }\nexport const colour = Colour.red;',
  });
  const { code, output } = await workspace.run(["preview"]);
  workspace.remove();
  expect(output).toMatch(/colour *: "rot"/);
  expect(code).toBe(0);
});

test.each([
  { case: "success", exit: { code: 0 }, want: { error: "", bail: false } },
  { case: "already reported", exit: { code: 32 }, want: { error: "", bail: true } },
  { case: "failure", exit: { code: 1 }, want: { error: "the program ended with exit code 1", bail: false } },
  {
    case: "signal",
    exit: { signal: "SIGTERM" as const },
    want: { error: "the program was ended by SIGTERM", bail: false },
  },
])("response after $case", ({ exit, want }) => {
  expect(runResponse(exit).toObject()).toEqual(want);
});

test("arguments leave out what the engine did not say", () => {
  const program = new language.ProgramInfo()
    .setProgramDirectory("/p")
    .setRootDirectory("/r")
    .setEntryPoint("main.ts");
  const request = new language.RunRequest().setMonitorAddress("m:1").setProject("demo").setStack("test");
  request.setParallel(16).setDryrun(true).setArgsList(["--own"]);
  const connection = { engineAddress: "e:2", tracingEndpoint: undefined };
  expect(programArguments(request, program, connection)).toEqual([
    "--monitor=m:1",
    "--engine=e:2",
    "--project=demo",
    "--root-directory=/r",
    "--stack=test",
    "--pwd=/p",
    "--parallel=16",
    "--dry-run",
    "main.ts",
    "--own",
  ]);
});
