/** The real Pulumi CLI with the stand-in language host beside it, in a workspace of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { installLanguageHost } from "../../embedded/language-host/launcher.ts";
import { ensureToolchain } from "../../embedded/toolchain/toolchain.ts";

const repository = join(import.meta.dirname, "..", "..");

export interface CliResult {
  readonly code: number | null;
  /** Standard output and standard error, as they came. */
  readonly output: string;
  readonly stdout: string;
}

export interface PulumiWorkspace {
  /** Holds the program and its node_modules. */
  readonly directory: string;
  /** Holds the CLI and its language host. */
  readonly binDirectory: string;
  run(args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<CliResult>;
  /** Starts the CLI without waiting; `result` settles when it ends. */
  start(
    args: readonly string[],
    environment?: NodeJS.ProcessEnv,
  ): { cli: ChildProcess; result: Promise<CliResult> };
  remove(): void;
}

/** Default files: a project named `demo` whose program is index.ts, run by type stripping. */
const projectFiles = {
  "Pulumi.yaml": "name: demo\nruntime: {name: nodejs, options: {typescript: false}}\n",
  "package.json": '{"type":"module","main":"index.ts"}',
};

/** A project with these files and an empty stack named `test`, whose state is a file beside it. */
export async function pulumiWorkspace(files: Readonly<Record<string, string>>): Promise<PulumiWorkspace> {
  const root = mkdtempSync(join(realpathSync(tmpdir()), "plinth-pulumi-"));
  const directory = join(root, "project");
  const binDirectory = join(root, "bin");
  for (const folder of [directory, binDirectory, join(root, "state"), join(root, "home")]) mkdirSync(folder);
  for (const [path, content] of Object.entries({ ...projectFiles, ...files })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  symlinkSync(join(repository, "node_modules"), join(directory, "node_modules"));
  const command = await placeCli(binDirectory);

  const isolated: NodeJS.ProcessEnv = {
    ...process.env,
    PULUMI_HOME: join(root, "home"),
    PULUMI_BACKEND_URL: `file://${join(root, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // An official host on PATH would win over the one beside the CLI.
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    PLINTH_NODE: process.execPath,
    PLINTH_LANGUAGE_HOST: join(repository, "embedded", "language-host", "main.ts"),
  };
  const start: PulumiWorkspace["start"] = (args, environment = {}) => {
    const options = { cwd: directory, env: { ...isolated, ...environment } };
    const cli = spawn(command, [...args, "--non-interactive", "--color=never"], options);
    return { cli, result: resultOf(cli) };
  };
  const run: PulumiWorkspace["run"] = (args, environment) => start(args, environment).result;
  const created = await run(["stack", "init", "test"]);
  if (created.code !== 0) throw new Error(created.output);
  return { directory, binDirectory, run, start, remove: () => rmSync(root, { recursive: true }) };
}

/** The CLI looks beside its own file, links resolved, so it needs a directory entry of its own. */
async function placeCli(binDirectory: string): Promise<string> {
  const { binaries } = await ensureToolchain({ only: ["pulumi"] });
  const source = realpathSync(binaries.pulumi);
  const command = join(binDirectory, "pulumi");
  try {
    linkSync(source, command);
  } catch {
    copyFileSync(source, command);
  }
  installLanguageHost(binDirectory);
  return command;
}

function resultOf(cli: ChildProcess): Promise<CliResult> {
  let output = "";
  let stdout = "";
  cli.stdout?.on("data", (chunk) => {
    stdout += chunk;
    output += chunk;
  });
  cli.stderr?.on("data", (chunk) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    cli.once("error", reject);
    cli.once("close", (code) => resolve({ code, output, stdout }));
  });
}
