/** Installs the npm packages of a program for `pulumi install`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { type ChildProcesses, exitOf } from "./child-processes.ts";
import { dependenciesOf } from "./installed-packages.ts";

export interface Installation {
  readonly request: language.InstallDependenciesRequest;
  readonly children: ChildProcesses;
  /** Fires when the engine gives up. */
  readonly cancelled: AbortSignal;
  readonly send: (response: language.InstallDependenciesResponse) => void;
}

/** Leaves packages that are installed alone, and otherwise follows the lock file where there is one. */
export async function installDependencies({
  request,
  children,
  cancelled,
  send,
}: Installation): Promise<void> {
  const print = (chunk: Buffer) => send(new language.InstallDependenciesResponse().setStdout(chunk));
  const { directory, missing } = dependenciesOf(request.getInfo()?.getProgramDirectory() || ".", 1);
  if (missing.length === 0) return print(Buffer.from("All npm packages are installed.\n"));

  const command = existsSync(join(directory, "package-lock.json")) ? "ci" : "install";
  print(Buffer.from(`Running npm ${command} in ${directory}: ${missing.join(", ")} not installed.\n`));
  const child = children.start([command], { command: "npm", cwd: directory, env: process.env, cancelled });
  child.stdout.on("data", print);
  child.stderr.on("data", (chunk) => send(new language.InstallDependenciesResponse().setStderr(chunk)));
  const exit = await exitOf(child);
  if (!("code" in exit) || exit.code !== 0) throw new Error(`npm ${command} failed in ${directory}`);
}
