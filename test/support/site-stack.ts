/** The stack `site` of a platform, on the embedded cluster as if it had been there before. */
import { projectDirectory } from "../../embedded/platform.ts";
import { prepareStackDirectory } from "../../embedded/stack-config.ts";
import { plainPulumi } from "./plain-pulumi.ts";
import type { CommandResult, TestPlatform } from "./platform.ts";

export async function initSite(platform: TestPlatform): Promise<void> {
  const directory = prepareStackDirectory(platform.state, projectDirectory);
  const init = await plainPulumi(platform, ["stack", "init", "site", "--no-select"], directory);
  if (init.code !== 0) throw new Error(failure(init));
}

/** Runs a command of the CLI on it, with this stack file. */
export function onSite(platform: TestPlatform, command: readonly string[], file: string) {
  return plainPulumi(platform, [...command, "--stack", "site", "--config-file", file]);
}

/** What a command said that failed, else nothing. */
export function failure({ code, stdout, stderr }: CommandResult): string {
  return code === 0 ? "" : stdout + stderr;
}
