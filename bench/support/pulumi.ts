/** The Pulumi CLI as a platform's commands use it, for programs of a bench. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { TestPlatform } from "../../test/support/platform.ts";

/** Runs `pulumi ARGS` in a directory and resolves to its standard output. */
export async function pulumi(
  platform: TestPlatform,
  directory: string,
  args: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<string> {
  const env = { ...process.env, ...(await environmentOf(platform)), ...variables };
  const child = spawn("pulumi", [...args, "--non-interactive"], {
    cwd: directory,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exited;
  if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}\n${stdout}\n${stderr}`);
  return stdout;
}

const environments = new WeakMap<TestPlatform, Promise<NodeJS.ProcessEnv>>();

/** Asked once: the question is a command of its own and belongs to no program's time. */
function environmentOf(platform: TestPlatform): Promise<NodeJS.ProcessEnv> {
  const known = environments.get(platform) ?? askEnvironment(platform);
  environments.set(platform, known);
  return known;
}

async function askEnvironment(platform: TestPlatform): Promise<NodeJS.ProcessEnv> {
  return JSON.parse((await platform.must("env", "--json")).stdout);
}
