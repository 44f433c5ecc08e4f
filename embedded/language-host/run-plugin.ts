/** Runs a policy pack or a plugin that is written for Node, and streams what it prints to the engine. */
import language from "@pulumi/pulumi/proto/language_pb.js";
import { type Child, type ChildProcesses, exitOf } from "./child-processes.ts";
import { entryPointPath } from "./entry-point.ts";
import { runtimeOptionsOf, typescriptEnvironment } from "./runtime-options.ts";

/** The kind under which the engine asks for a policy pack. */
const policyPackKind = "analyzer";

export interface PluginRun {
  readonly request: language.RunPluginRequest;
  readonly children: ChildProcesses;
  /** Fires when the engine has no more use for the plugin. */
  readonly cancelled: AbortSignal;
  readonly send: (response: language.RunPluginResponse) => void;
}

/** A policy pack gets its settings and the stack's tags, but no stack configuration: `Config` is empty. */
export async function runPlugin(run: PluginRun): Promise<void> {
  const { send } = run;
  const child = startPlugin(run);
  child.stdout.on("data", (chunk: Buffer) => send(new language.RunPluginResponse().setStdout(chunk)));
  child.stderr.on("data", (chunk: Buffer) => send(new language.RunPluginResponse().setStderr(chunk)));
  const exit = await exitOf(child);
  send(new language.RunPluginResponse().setExitcode("code" in exit ? exit.code : 1));
}

function startPlugin({ request, children, cancelled }: PluginRun): Child {
  const program = request.getInfo();
  if (program === undefined) throw new Error("the engine named no plugin to run");
  const directory = program.getProgramDirectory();
  const options = runtimeOptionsOf(program);
  const env = { ...environment(request.getEnvList()), ...typescriptEnvironment(options) };
  // A policy pack runs in its own directory and takes that as its last argument. Other plugins run where
  // the engine says and take their directory as the first.
  if (request.getKind() === policyPackKind) {
    const runPath = entryPointPath(directory, "run-policy-pack");
    const args = [...options.nodeargs, runPath, ...request.getArgsList(), "."];
    return children.start(args, { cwd: directory, env, cancelled });
  }
  const runPath = entryPointPath(directory, "run-plugin");
  const args = [...options.nodeargs, runPath, directory, ...request.getArgsList()];
  return children.start(args, { cwd: request.getPwd() || directory, env, cancelled });
}

/** The engine lists variables as NAME=value; the last entry of a name wins. */
function environment(entries: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    entries.map((entry) => {
      const end = entry.indexOf("=");
      return [entry.slice(0, end), entry.slice(end + 1)];
    }),
  );
}
