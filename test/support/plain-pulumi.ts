/** A plain `pulumi` beside a platform's commands, with nothing but the variables that `env` prints. */
import { execFile } from "node:child_process";
import { projectDirectory } from "../../embedded/platform.ts";
import { objectKey } from "./every-object.ts";
import type { CommandResult, TestPlatform } from "./platform.ts";

export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly outputs?: { readonly metadata?: { readonly name: string; readonly namespace?: string } };
}

/** Runs the CLI in a project directory. Default: this project's. */
export async function plainPulumi(
  platform: TestPlatform,
  args: readonly string[],
  cwd = projectDirectory,
): Promise<CommandResult> {
  const variables = JSON.parse((await platform.must("env", "--json")).stdout);
  const options = { cwd, env: { ...process.env, ...variables, NO_COLOR: "1" }, maxBuffer: 64 << 20 };
  return new Promise((resolve) => {
    execFile("pulumi", [...args, "--non-interactive"], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** What the stack `local` holds, as `pulumi stack export` tells. */
export async function stackResources(platform: TestPlatform): Promise<StateResource[]> {
  const { code, stdout, stderr } = await plainPulumi(platform, ["stack", "export", "--stack", "local"]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout).deployment.resources ?? [];
}

/** The keys under which `everyObject` has the objects of these resources. */
export function objectKeys(resources: readonly StateResource[]): string[] {
  return resources.flatMap(({ type, outputs }) => {
    const [, group = "", kind = ""] = /^kubernetes:([^/]+)\/[^:]+:(\w+)$/.exec(type) ?? [];
    return outputs?.metadata ? [objectKey(group === "core" ? "" : group, kind, outputs.metadata)] : [];
  });
}
